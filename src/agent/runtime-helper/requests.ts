import { isIP } from "node:net";
import type {
  ImportedBlob as ImportedBlobMessage,
  LoadRequest,
  MirrorAccess as MirrorAccessMessage,
  NamedImage as NamedImageMessage,
  Probe as ProbeMessage,
} from "../../api/index.ts";
import { isLoopback } from "../../api/index.ts";
import {
  type Digest,
  formatReference,
  isDigest,
  isIndexType,
  isManifestType,
  parseReference,
} from "../../oci/index.ts";
import { RuntimeError } from "./errors.ts";

// What the agent sends, read at the edge. The agent parses the network, so nothing that it says is believed unseen.

/** A manifest or an index, and what pods call it: `host/repository:tag` or `host/repository@digest`. */
export type NamedImage = { readonly digest: Digest; readonly names: readonly string[] };

/** The agent's mirror; the address is HOST:PORT on loopback. */
export type MirrorAccess = {
  readonly address: string;
  readonly username: string;
  readonly password: string;
};

export type Load = {
  readonly image: NamedImage;
  readonly mirror: MirrorAccess;
  readonly pin: boolean;
};

export type Probe = {
  readonly digest: Digest;
  readonly mirror: MirrorAccess;
  /** What it consists of, in the order of an import. */
  readonly blobs: readonly (BlobName & { readonly data: Uint8Array })[];
};

/** `mediaType` is that of a manifest or an index. */
export type BlobName = {
  readonly digest: Digest;
  readonly size: number;
  readonly mediaType?: string;
};

const MOST_NAMES = 8;
const MOST_IMAGES = 256;

export function readLoad({ image, mirror, pin }: LoadRequest): Load {
  return { image: readImage("image", image), mirror: readMirror("mirror", mirror), pin };
}

export function readProbe(probe: ProbeMessage | null): Probe | undefined {
  if (probe === null) return undefined;
  return {
    digest: readDigest("probe.digest", probe.digest),
    mirror: readMirror("probe.mirror", probe.mirror),
    blobs: probe.blobs.map(({ blob, data }) => ({ ...readBlob("probe.blobs", blob), data })),
  };
}

export function readBlob(field: string, blob: ImportedBlobMessage | null): BlobName {
  if (blob === null) throw invalid(field, "missing");
  const digest = readDigest(`${field}.digest`, blob.digest);
  const { size, mediaType } = blob;
  if (!Number.isSafeInteger(size) || size < 0) throw invalid(`${field}.size`, `${size}`);
  if (mediaType === "") return { digest, size };
  if (isIndexType(mediaType) || isManifestType(mediaType)) return { digest, size, mediaType };
  throw invalid(`${field}.media_type`, `neither a manifest nor an index: ${shown(mediaType)}`);
}

export function readImages(images: readonly NamedImageMessage[]): readonly NamedImage[] {
  if (images.length > MOST_IMAGES) throw invalid("images", `more than ${MOST_IMAGES}`);
  return images.map((image) => readImage("images", image));
}

export function readImage(field: string, image: NamedImageMessage | null): NamedImage {
  if (image === null) throw invalid(field, "missing");
  if (image.names.length === 0) throw invalid(`${field}.names`, "none");
  if (image.names.length > MOST_NAMES) throw invalid(`${field}.names`, `more than ${MOST_NAMES}`);
  const digest = readDigest(`${field}.digest`, image.digest);
  return { digest, names: image.names.map((name) => readName(`${field}.names`, name, digest)) };
}

/** A name in its full form, since nothing else is what the runtime looks up. */
function readName(field: string, text: string, wanted: Digest): string {
  const reference = parsed(field, text);
  const { digest, tag } = reference;
  if (formatReference(reference) !== text || (digest !== undefined && tag !== undefined)) {
    throw invalid(field, `not a full name with either a tag or a digest: ${shown(text)}`);
  }
  if (digest !== undefined && digest !== wanted) {
    throw invalid(field, `${shown(text)} would stand for another image than ${wanted}`);
  }
  return text;
}

function parsed(field: string, text: string) {
  try {
    return parseReference(text);
  } catch (error) {
    throw invalid(field, (error as Error).message);
  }
}

function readDigest(field: string, text: string): Digest {
  if (isDigest(text)) return text;
  throw invalid(field, `not a sha256 digest: ${shown(text)}`);
}

function readMirror(field: string, mirror: MirrorAccessMessage | null): MirrorAccess {
  if (mirror === null) throw invalid(field, "missing");
  const { username, password } = mirror;
  if (username === "" || password === "") throw invalid(field, "without user or password");
  return { address: readMirrorAddress(`${field}.address`, mirror.address), username, password };
}

/** Only this machine: nothing else is asked for an image, whatever the agent says. */
export function readMirrorAddress(field: string, text: string): string {
  const [, v6, v4, port] = /^(?:\[([0-9a-f:]+)\]|([0-9.]+)):([0-9]{1,5})$/.exec(text) ?? [];
  const host = v6 ?? v4 ?? "";
  const isPort = Number(port) >= 1 && Number(port) <= 65_535;
  if (isIP(host) !== 0 && isLoopback(host) && isPort) return text;
  throw invalid(field, `not a loopback address with a port: ${shown(text)}`);
}

const shown = (text: string): string => JSON.stringify(text.slice(0, 100));

export const invalid = (field: string, why: string): RuntimeError =>
  new RuntimeError("REQUEST_INVALID", `${field}: ${why}`);
