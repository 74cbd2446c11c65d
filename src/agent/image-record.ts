import { createHash } from "node:crypto";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  type Descriptor,
  formatPlatform,
  formatReference,
  parseDigest,
  parsePlatform,
  parseReference,
  type Reference,
} from "../oci/index.ts";
import { writeFileAtomic } from "../runtime/index.ts";
import { AgentError } from "./errors.ts";
import type { Wanted } from "./image-plan.ts";

/** What the daemon remembers of an image over restarts. Credentials are never part of it. */
export type ImageRecord = {
  readonly reference: Reference;
  readonly wanted: Wanted;
  readonly desired: "started" | "stopped";
  /** What the reference was when it was last resolved: a restart goes on with it, whatever the tag has become. */
  readonly top?: Descriptor;
  /** Announce URLs that the seeder named. */
  readonly trackers: readonly string[];
};

export interface ImageRecords {
  load(): Promise<ImageRecord[]>;
  save(record: ImageRecord): Promise<void>;
  remove(reference: Reference): Promise<void>;
}

const VERSION = 1;

/** One small JSON file an image, below `directory`. A file that cannot be read is reported to `onBad` and left alone. */
export function createImageRecords(
  directory: string,
  onBad: (file: string, error: Error) => void,
): ImageRecords {
  const fileOf = (reference: Reference) => join(directory, `${fileName(reference)}.json`);
  return {
    async load() {
      const names = (await readdir(directory)).filter((name) => name.endsWith(".json")).sort();
      const records: ImageRecord[] = [];
      for (const name of names) {
        try {
          records.push(parseRecord(await readFile(join(directory, name), "utf8")));
        } catch (error) {
          onBad(join(directory, name), error as Error);
        }
      }
      return records;
    },
    save: (record) => writeFileAtomic(fileOf(record.reference), Buffer.from(formatRecord(record))),
    remove: (reference) => rm(fileOf(reference), { force: true }),
  };
}

/** Not the reference itself: it may be longer than a file name, and has slashes. */
const fileName = (reference: Reference): string =>
  createHash("sha256").update(formatReference(reference)).digest("hex").slice(0, 32);

export function formatRecord(record: ImageRecord): string {
  const { reference, wanted, desired, top, trackers } = record;
  return `${JSON.stringify({
    version: VERSION,
    reference: formatReference(reference),
    platforms: wanted.kind === "all" ? "all" : wanted.platforms.map(formatPlatform),
    desired,
    ...(top === undefined
      ? {}
      : { top: { mediaType: top.mediaType, digest: top.digest, size: top.size } }),
    trackers,
  })}\n`;
}

export function parseRecord(text: string): ImageRecord {
  const data = JSON.parse(text) as Record<string, unknown>;
  if (data["version"] !== VERSION) {
    throw new AgentError(
      "STATE_INVALID",
      `could not read an image's record of version ${data["version"]}: this oci-torrentd knows version ${VERSION} only`,
    );
  }
  const platforms = data["platforms"];
  const top = data["top"] as Record<string, unknown> | undefined;
  return {
    reference: parseReference(String(data["reference"])),
    wanted:
      platforms === "all"
        ? { kind: "all" }
        : { kind: "some", platforms: (platforms as string[]).map(parsePlatform) },
    desired: data["desired"] === "stopped" ? "stopped" : "started",
    trackers: (data["trackers"] as string[]).map(String),
    ...(top === undefined
      ? {}
      : {
          top: {
            mediaType: String(top["mediaType"]),
            digest: parseDigest(String(top["digest"])),
            size: Number(top["size"]),
          },
        }),
  };
}
