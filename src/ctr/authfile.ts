import type { Credential } from "../api/index.ts";
import { CtrError } from "./errors.ts";
import type { ImageArgument } from "./image-argument.ts";

/** The login for an image in a docker config.json. */
export async function readAuthfile(
  path: string,
  _image: ImageArgument,
  _warn: (sentence: string) => void,
): Promise<Credential | undefined> {
  throw new CtrError("FAILED", `could not read --authfile ${path}: not there yet`);
}
