import type {
  Credential as CredentialMessage,
  StartDownloadRequest__Output,
} from "../api/index.ts";
import {
  basicCredential,
  type Credential,
  type Digest,
  hostPlatform,
  identityTokenCredential,
  parseDigest,
  parsePlatform,
  parseReference,
  parseSource,
  type Reference,
  type Source,
} from "../oci/index.ts";
import { AgentError } from "./errors.ts";
import type { Wanted } from "./image-plan.ts";
import type { OriginOptions } from "./images.ts";

// What callers send, read at the edge: a field that cannot be used is refused by its name.

/** Longer waits are asked for again by the caller. */
const LONGEST_WAIT_SECONDS = 24 * 60 * 60;
const MOST_PLATFORMS = 64;

export const readReference = (text: string): Reference =>
  field("reference", () => parseReference(text));

/** Undefined when the caller means every image. */
export const readOptionalReference = (text: string): Reference | undefined =>
  text === "" ? undefined : readReference(text);

export const readDigest = (text: string): Digest => field("digest", () => parseDigest(text));

export function readWaitMs(seconds: number): number {
  if (seconds <= LONGEST_WAIT_SECONDS) return seconds * 1_000;
  throw invalid("wait_seconds", `${seconds} is more than a day (${LONGEST_WAIT_SECONDS})`);
}

/** A place on disk: `oci:DIR[:TAG]` or `oci-archive:FILE`. */
export type Place = Exclude<Source, { kind: "docker" }>;

export function readPlace(name: string, text: string): Place {
  const place = field(name, () => parseSource(text));
  if (place.kind !== "docker") return place;
  throw invalid(
    name,
    `${JSON.stringify(text.slice(0, 100))} is not oci:DIR[:TAG] or oci-archive:FILE`,
  );
}

export function readStart(request: StartDownloadRequest__Output): OriginOptions {
  const credential = readCredential(request.credential);
  return {
    reference: readReference(request.reference),
    wanted: readWanted(request),
    waitMs: readWaitMs(request.waitSeconds),
    ...(credential === undefined ? {} : { credential }),
  };
}

/** What is wanted of an image; the platform of this machine when nobody says. */
export function readWanted({
  platforms,
  allPlatforms,
}: Pick<StartDownloadRequest__Output, "platforms" | "allPlatforms">): Wanted {
  if (allPlatforms && platforms.length > 0) {
    throw invalid("platforms", "all_platforms is set too: choose one of them");
  }
  if (allPlatforms) return { kind: "all" };
  if (platforms.length > MOST_PLATFORMS) throw invalid("platforms", `more than ${MOST_PLATFORMS}`);
  if (platforms.length === 0) return { kind: "some", platforms: [hostPlatform()] };
  const texts = platforms.map(({ os, architecture, variant }) =>
    [os, architecture, ...(variant === "" ? [] : [variant])].join("/"),
  );
  return {
    kind: "some",
    platforms: texts.map((text) => field("platforms", () => parsePlatform(text))),
  };
}

function readCredential(message: CredentialMessage | null | undefined): Credential | undefined {
  if (message?.identityToken) return identityTokenCredential(message.identityToken);
  if (!message?.username && !message?.password) return undefined;
  return basicCredential(message.username ?? "", message.password ?? "");
}

const invalid = (name: string, why: string): AgentError =>
  new AgentError("ARGUMENT_INVALID", `${name}: ${why}`);

function field<T>(name: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new AgentError("ARGUMENT_INVALID", `${name}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
