import { closeSync, openSync, readSync } from "node:fs";

export const MAX_CONFIG_FILE_BYTES = 256 * 1024;

/** The start of a file, one byte more than a configuration may have; undefined when there is none. */
export function readConfigBytes(path: string): Uint8Array | undefined {
  const file = openIfExists(path);
  if (file === undefined) return undefined;
  try {
    const bytes = Buffer.alloc(MAX_CONFIG_FILE_BYTES + 1);
    let length = 0;
    let read = -1;
    while (read !== 0 && length < bytes.length) {
      read = readSync(file, bytes, length, bytes.length - length, null);
      length += read;
    }
    return bytes.subarray(0, length);
  } finally {
    closeSync(file);
  }
}

function openIfExists(path: string): number | undefined {
  try {
    return openSync(path, "r");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
