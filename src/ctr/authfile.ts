import { readFile } from "node:fs/promises";
import type { Credential } from "../api/index.ts";
import { findCredential, OciError } from "../oci/index.ts";
import { CtrError, fileProblem } from "./errors.ts";
import type { ImageArgument } from "./image-argument.ts";

/** The login for an image in a docker config.json, or undefined with a warning when there is none. */
export async function readAuthfile(
  path: string,
  { host, repository }: ImageArgument,
  warn: (sentence: string) => void,
): Promise<Credential | undefined> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new CtrError("USAGE", `could not read --authfile ${path}: ${fileProblem(cause)}`, {
      cause,
    });
  });
  const found = loginIn(text, path, host, repository);
  if (found === undefined) warn(`${path} has no login for ${host}: going on without one`);
  else if (found.kind === "identityToken") return { identityToken: found.token };
  else return { username: found.username, password: found.password };
  return undefined;
}

function loginIn(text: string, path: string, host: string, repository: string) {
  try {
    return findCredential(text, path, host, repository);
  } catch (cause) {
    // The user named the file: what is wrong with it is wrong with the flag.
    if (cause instanceof OciError) throw new CtrError("USAGE", cause.message, { cause });
    throw cause;
  }
}
