import { join } from "node:path";
import { run } from "../support/processes.ts";
import { program } from "../support/programs.ts";

export type KeyPair = { readonly certFile: string; readonly keyFile: string };

export type Subject = {
  /** Names the files. */
  readonly name: string;
  /** /O=system:masters/CN=admin: the group and the user that Kubernetes sees. */
  readonly subject: string;
  /** Lines of x509v3 extensions. */
  readonly extensions: readonly string[];
};

const CLIENT = ["extendedKeyUsage=clientAuth"];

/** Who a client is: `subject` as in Subject. */
export const clientSubject = (name: string, subject: string): Subject => ({
  name,
  subject,
  extensions: CLIENT,
});

async function makePair(
  directory: string,
  { name, subject, extensions }: Subject,
  signedBy?: KeyPair,
): Promise<KeyPair> {
  const pair = {
    certFile: join(directory, `${name}.crt`),
    keyFile: join(directory, `${name}.key`),
  };
  const signer =
    signedBy === undefined ? [] : ["-CA", signedBy.certFile, "-CAkey", signedBy.keyFile];
  await run(program("openssl"), [
    ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"],
    ...["-subj", subject, "-days", "2", ...signer],
    ...extensions.flatMap((line) => ["-addext", line]),
    ...["-keyout", pair.keyFile, "-out", pair.certFile],
  ]);
  return pair;
}

export type Certificates = {
  readonly ca: KeyPair;
  readonly apiServer: KeyPair;
  readonly admin: KeyPair;
  readonly controllerManager: KeyPair;
  /** Signs the tokens of service accounts. */
  readonly tokenKeyFile: string;
  /** Makes another one, signed by the same CA. */
  issue(subject: Subject): Promise<KeyPair>;
};

/** Makes what a control plane needs, in the directory. Beside loopback its API server may have these addresses. */
export async function makeCertificates(
  directory: string,
  addresses: readonly string[] = [],
): Promise<Certificates> {
  const tokenKeyFile = join(directory, "tokens.key");
  const rsa = ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];
  const keyMade = run(program("openssl"), [...rsa, "-out", tokenKeyFile]);
  const ca = await makePair(directory, {
    name: "ca",
    subject: "/CN=oci-torrent test cluster",
    extensions: ["keyUsage=critical,keyCertSign,digitalSignature"],
  });
  const make = (subject: Subject) => makePair(directory, subject, ca);
  const ips = ["127.0.0.1", ...addresses].map((address) => `IP:${address}`);
  const names = `subjectAltName=${ips},DNS:localhost,DNS:kubernetes.default.svc`;
  const manager = "system:kube-controller-manager";
  const [apiServer, admin, controllerManager] = await Promise.all([
    make({
      name: "apiserver",
      subject: "/CN=kube-apiserver",
      extensions: ["basicConstraints=critical,CA:FALSE", "extendedKeyUsage=serverAuth", names],
    }),
    make(clientSubject("admin", "/O=system:masters/CN=admin")),
    make(clientSubject("controller-manager", `/CN=${manager}`)),
    keyMade,
  ]);
  return { ca, apiServer, admin, controllerManager, tokenKeyFile, issue: make };
}
