import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type BlobTraffic, blobTraffic, type LoggedRequest, parseAccessLog } from "./access-log.ts";
import type { Account } from "./account.ts";
import type { Scope } from "./at-end.ts";
import { makeCertificate } from "./certificate.ts";
import type { ImageRecord } from "./images.ts";
import type { Host } from "./netns.ts";
import { type Running, run, start } from "./processes.ts";
import { program } from "./programs.ts";
import { tempDir } from "./temp.ts";
import type { TokenService } from "./token-service.ts";

export type RegistryOptions = {
  /** Else on this machine's loopback. */
  readonly on?: Host;
  /** Only this account may read or write. */
  readonly account?: Account;
  /** Lets in whoever brings a token of this service; `account` is then whom the service knows. */
  readonly tokens?: TokenService;
  /** Serves https with a certificate of its own making. */
  readonly tls?: boolean;
  /** 0, any free one, when not given. */
  readonly port?: number;
  /** Keeps its blobs here, so that another registry can be started with them. */
  readonly storage?: string;
};

export type TestRegistry = {
  /** HOST:PORT */
  readonly address: string;
  readonly url: string;
  readonly storage: string;
  /** The certificate that a client must trust, with `tls`. */
  readonly caFile: string | undefined;
  readonly process: Running;
  /** Pushes with skopeo; digests stay the image's. `name` is REPOSITORY:TAG. */
  push(image: ImageRecord, name: string): Promise<void>;
  /** From the registry's own access log: a request is in it once it is answered to its end. */
  requests(): LoggedRequest[];
  blobTraffic(): Map<string, BlobTraffic>;
  /** Leaves out what was logged so far, such as a push. */
  forgetRequests(): void;
};

async function makePasswordFile(directory: string, { username, password }: Account): Promise<void> {
  const { stdout } = await run(program("htpasswd"), ["-niB", "-C", "4", username], {
    input: password,
  });
  writeFileSync(join(directory, "htpasswd"), stdout);
}

/** docker-registry's configuration; JSON is YAML too. */
function configuration(
  directory: string,
  storage: string,
  listen: string,
  options: RegistryOptions,
) {
  const tls = { certificate: join(directory, "cert.pem"), key: join(directory, "key.pem") };
  return {
    version: "0.1",
    log: { level: "info", formatter: "json" },
    storage: { filesystem: { rootdirectory: storage }, delete: { enabled: true } },
    http: { addr: listen, secret: "test", ...(options.tls === true && { tls }) },
    ...authentication(directory, options),
  };
}

function authentication(directory: string, { account, tokens }: RegistryOptions) {
  if (tokens !== undefined) {
    const { realm, service, issuer, certificateFile } = tokens;
    return { auth: { token: { realm, service, issuer, rootcertbundle: certificateFile } } };
  }
  if (account === undefined) return {};
  const path = join(directory, "htpasswd");
  return { auth: { htpasswd: { realm: "oci-torrent test", path } } };
}

/** Starts Debian's docker-registry, which stops when the test or suite ends. */
export async function startRegistry(
  scope: Scope,
  options: RegistryOptions = {},
): Promise<TestRegistry> {
  const directory = tempDir(scope);
  const storage = options.storage ?? join(directory, "storage");
  const host = options.on?.address ?? "127.0.0.1";
  if (options.tls === true) await makeCertificate(directory, host);
  if (options.account !== undefined && options.tokens === undefined) {
    await makePasswordFile(directory, options.account);
  }
  const config = configuration(directory, storage, `${host}:${options.port ?? 0}`, options);
  const configFile = join(directory, "config.yml");
  writeFileSync(configFile, JSON.stringify(config));
  const on = options.on === undefined ? {} : { on: options.on };
  const process = start(scope, program("docker-registry"), ["serve", configFile], on);
  const [, port] = await process.line(/listening on [^"]*:(\d+)/);
  const address = `${host}:${port}`;
  let forgotten = 0;
  const requests = () => parseAccessLog(process.stdout()).slice(forgotten);
  return {
    address,
    url: `${options.tls === true ? "https" : "http"}://${address}`,
    storage,
    caFile: options.tls === true ? join(directory, "cert.pem") : undefined,
    process,
    push: (image, name) => push(image, `docker://${address}/${name}`, options),
    requests,
    blobTraffic: () => blobTraffic(requests()),
    forgetRequests: () => {
      forgotten += requests().length;
    },
  };
}

async function push(
  image: ImageRecord,
  to: string,
  { account, on }: RegistryOptions,
): Promise<void> {
  const from = `oci:${image.layout}:${image.tag}`;
  const credentials =
    account === undefined ? [] : ["--dest-creds", `${account.username}:${account.password}`];
  const copy = ["copy", "--preserve-digests", "--dest-tls-verify=false", ...credentials, from, to];
  const args = ["--insecure-policy", ...copy];
  await run(program("skopeo"), args, on === undefined ? {} : { on });
}
