// The registry client against Debian's docker-registry: what it holds to with our own registry holds there too.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, type TestContext } from "node:test";
import {
  basicCredential,
  createRegistry,
  type Descriptor,
  type EndpointConfig,
  endpointMap,
  parseDigest,
} from "../src/oci/index.ts";
import { registryContract, type ServedImage } from "../src/oci/testing/index.ts";
import { type BlobRecord, makeImage } from "./support/images.ts";
import { lacking } from "./support/programs.ts";
import { type RegistryOptions, startRegistry, type TestRegistry } from "./support/registry.ts";
import { tempDir } from "./support/temp.ts";

const skip = lacking("docker-registry", "skopeo", "htpasswd", "openssl");
const account = { username: "reader", password: "the right password" };
const spec = { tag: "1", layers: [{ seed: "contract", bytes: 300_000 }] };

const described = (record: BlobRecord): Descriptor => ({
  mediaType: record.mediaType,
  digest: parseDigest(record.digest),
  size: record.size,
});

/** An image in a registry of its own, read by a client that knows the server by `endpoint`. */
async function serve(
  test: TestContext,
  options: RegistryOptions,
  endpoint: (registry: TestRegistry) => EndpointConfig,
): Promise<ServedImage> {
  const server = await startRegistry(test, options);
  const image = await makeImage(tempDir(test), spec);
  await server.push(image, "demo/app:1");
  const registry = createRegistry("registry.test", {
    endpoints: endpointMap({ "registry.test": [endpoint(server)] }),
    ...(options.account === undefined
      ? {}
      : { credential: basicCredential(account.username, account.password) }),
  });
  test.after(() => registry.close());
  const [layer] = image.layers;
  if (layer === undefined) throw new Error("an image without layers");
  const configFile = join(image.layout, "blobs", image.config.digest.replace(":", "/"));
  return {
    registry,
    repository: "demo/app",
    tag: "1",
    manifest: described(image.manifest),
    config: { descriptor: described(image.config), bytes: readFileSync(configFile) },
    layer: described(layer),
  };
}

const plain = ({ url }: TestRegistry): EndpointConfig => ({ url, insecure: true });

describe("docker-registry", { skip }, () => {
  registryContract("plain http", (test) => serve(test, {}, plain));
  registryContract("password", (test) => serve(test, { account }, plain));
  registryContract("TLS", (test) =>
    serve(test, { tls: true, account }, ({ url, caFile = "" }) => ({
      url,
      ca: readFileSync(caFile, "utf8"),
    })),
  );
});
