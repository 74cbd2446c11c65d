import { addAbortSignal, type Readable } from "node:stream";
import type { Credential } from "../api/index.ts";
import { readAuthfile } from "./authfile.ts";
import { CtrError, fileProblem } from "./errors.ts";
import type { ImageArgument } from "./image-argument.ts";

/** How the user gives a login for the registry; at most one of the ways. */
export type CredentialFlags = {
  readonly username?: string;
  readonly password?: string;
  readonly passwordStdin?: boolean;
  readonly authfile?: string;
};

export type CredentialSources = {
  stdin(): Readable;
  /** Gets a sentence about a secret that others may see. */
  warn(sentence: string): void;
  readonly signal: AbortSignal;
};

const LONGEST_PASSWORD = 64 * 1024;

/** Why the flags do not go together, or undefined. Pure. */
export function whyNotLogin(flags: CredentialFlags): string | undefined {
  const { username, password, passwordStdin = false, authfile } = flags;
  if (
    authfile !== undefined &&
    (username !== undefined || password !== undefined || passwordStdin)
  ) {
    return "--authfile and --username exclude one another: give one login";
  }
  if (password !== undefined && passwordStdin) {
    return "--password and --password-stdin exclude one another: give one password";
  }
  const secret = password !== undefined || passwordStdin;
  if (username === undefined && secret) return "a password needs a name: add --username";
  if (username !== undefined && !secret) return "--username needs a password: add --password-stdin";
  if (username === "" || username?.includes(":")) {
    return "--username must not be empty or hold a colon";
  }
  if (password === "") return "--password must not be empty";
  return undefined;
}

/** The login for an image, or undefined for an anonymous one. */
export async function readCredential(
  flags: CredentialFlags,
  image: ImageArgument,
  sources: CredentialSources,
): Promise<Credential | undefined> {
  const { username, authfile } = flags;
  if (authfile !== undefined) return await readAuthfile(authfile, image, sources.warn);
  if (username === undefined) return undefined;
  if (flags.password !== undefined) {
    sources.warn(
      "--password can be seen in the process list and the shell's history: use --password-stdin",
    );
    return { username, password: flags.password };
  }
  return { username, password: await readPassword(sources) };
}

async function readPassword({ stdin, signal }: CredentialSources): Promise<string> {
  signal.throwIfAborted();
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    // It may never end: a person may have forgotten to pipe anything into it.
    for await (const chunk of addAbortSignal(signal, stdin())) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > LONGEST_PASSWORD) break;
    }
  } catch (cause) {
    signal.throwIfAborted();
    throw new CtrError("FAILED", `could not read standard input: ${fileProblem(cause)}`, { cause });
  }
  if (size > LONGEST_PASSWORD) {
    throw new CtrError("USAGE", "--password-stdin: standard input has more than 64 KiB");
  }
  const password = Buffer.concat(chunks)
    .toString("utf8")
    .replace(/\r?\n$/, "");
  if (password === "") throw new CtrError("USAGE", "--password-stdin: standard input is empty");
  return password;
}
