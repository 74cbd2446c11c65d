import { readFile } from "node:fs/promises";
import type { ClientTls } from "../api/index.ts";
import { CtrError, fileProblem } from "./errors.ts";
import type { GlobalFlags } from "./invocation.ts";

/** The files behind --tls-ca, --tls-cert and --tls-key; undefined when none is given. */
export async function readTls(flags: GlobalFlags): Promise<ClientTls | undefined> {
  const { tlsCa, tlsCert, tlsKey } = flags;
  if (tlsCa === undefined) return undefined;
  const ca = await readPem("--tls-ca", tlsCa);
  if (tlsCert === undefined || tlsKey === undefined) return { ca };
  const cert = await readPem("--tls-cert", tlsCert);
  return { ca, certificate: { cert, key: await readPem("--tls-key", tlsKey) } };
}

async function readPem(flag: string, path: string): Promise<string> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new CtrError("USAGE", `could not read ${flag} ${path}: ${fileProblem(cause)}`, { cause });
  });
  // OpenSSL takes a file without any certificate for an empty list, and then blames the daemon.
  if (!text.includes("-----BEGIN ")) {
    throw new CtrError("USAGE", `could not read ${flag} ${path}: it is not a PEM file`);
  }
  return text;
}
