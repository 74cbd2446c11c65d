import type { Descriptor, Platform } from "./descriptor.ts";
import { digestOf, isDigest } from "./digest.ts";
import { isArray, isObject, type JsonObject, type JsonValue, own } from "./json.ts";
import { quoted } from "./quoted.ts";

/** Why a document cannot be read: the end of a sentence that its reader begins. */
export class Refusal extends Error {}

const LARGEST_ANNOTATIONS_BYTES = 1024 * 1024;
// RFC 6838 section 4.2, which descriptor.md of the OCI image spec asks for.
const MEDIA_TYPE =
  /^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/;
const PLATFORM_PART = /^[A-Za-z0-9._-]{1,64}$/;

/** Reads the parts of one document. It keeps count of what is bounded over the document as a whole. */
export class DocumentReader {
  #annotationsBytes = 0;

  list(object: JsonObject, key: string, most: number): readonly JsonValue[] {
    const value = own(object, key);
    if (!isArray(value)) throw new Refusal(`${key} is ${kindOf(value)}, not a list`);
    if (value.length > most) {
      throw new Refusal(`it lists ${value.length} ${key}, more than ${most}`);
    }
    return value;
  }

  descriptors(object: JsonObject, key: string, most: number): readonly Descriptor[] {
    const items = this.list(object, key, most);
    return items.map((item, at) => this.descriptor(item, `${key}[${at}]`));
  }

  /** A descriptor (OCI image spec, descriptor.md). Its `data`, if it is true, is dropped: content comes by digest. */
  descriptor(value: JsonValue | undefined, at: string): Descriptor {
    if (!isObject(value)) throw new Refusal(`${at} is ${kindOf(value)}, not a descriptor`);
    const digest = text(value, "digest", at);
    if (!isDigest(digest)) {
      throw new Refusal(`${at}.digest is ${quoted(digest)}, not a sha256 digest`);
    }
    const read = {
      mediaType: mediaType(value, at),
      digest,
      size: sizeOf(value, at),
      platform: platform(own(value, "platform"), `${at}.platform`),
      annotations: this.annotations(value, at),
      urls: urls(own(value, "urls"), at),
      artifactType: optionalText(value, "artifactType", at),
    };
    checkData(own(value, "data"), read, at);
    return defined(read);
  }

  /** Annotations (OCI image spec, annotations.md), at most 1 MiB in a document. */
  annotations(object: JsonObject, at: string): Readonly<Record<string, string>> | undefined {
    const value = own(object, "annotations") ?? undefined;
    if (value === undefined) return undefined;
    const where = at === "" ? "annotations" : `${at}.annotations`;
    if (!isObject(value)) throw new Refusal(`${where} is ${kindOf(value)}, not an object`);
    const entries = Object.entries(value).map(([key, note]): [string, string] => {
      if (typeof note !== "string") {
        throw new Refusal(`${where}[${quoted(key)}] is ${kindOf(note)}, not a text`);
      }
      this.#annotationsBytes += Buffer.byteLength(key) + Buffer.byteLength(note);
      return [key, note];
    });
    if (this.#annotationsBytes > LARGEST_ANNOTATIONS_BYTES) {
      throw new Refusal(`its annotations have more than ${LARGEST_ANNOTATIONS_BYTES} bytes`);
    }
    return Object.fromEntries(entries);
  }
}

/** A text that may be absent; null and "" are absent too, as some writers put them. */
export function optionalText(object: JsonObject, key: string, at: string): string | undefined {
  const value = own(object, key) ?? undefined;
  if (value === undefined || value === "") return undefined;
  return text(object, key, at);
}

/** How a message calls a JSON value: short, and never with a long text in it. */
export function kindOf(value: JsonValue | undefined): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (typeof value === "string") return quoted(value);
  if (typeof value === "object") return isArray(value) ? "a list" : "an object";
  return String(value);
}

function text(object: JsonObject, key: string, at: string): string {
  const value = own(object, key);
  if (typeof value === "string") return value;
  throw new Refusal(`${at === "" ? key : `${at}.${key}`} is ${kindOf(value)}, not a text`);
}

function mediaType(object: JsonObject, at: string): string {
  const value = text(object, "mediaType", at);
  if (MEDIA_TYPE.test(value)) return value;
  throw new Refusal(`${at}.mediaType is ${quoted(value)}, not a media type`);
}

function sizeOf(object: JsonObject, at: string): number {
  const value = own(object, "size");
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw new Refusal(`${at}.size is ${kindOf(value)}, not a number of bytes`);
}

/** A platform that says nothing counts as none. */
function platform(value: JsonValue | undefined, at: string): Platform | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw new Refusal(`${at} is ${kindOf(value)}, not an object`);
  const os = platformPart(value, "os", at);
  const architecture = platformPart(value, "architecture", at);
  const variant = platformPart(value, "variant", at);
  if (os === undefined || architecture === undefined) return undefined;
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}

function platformPart(object: JsonObject, key: string, at: string): string | undefined {
  const value = optionalText(object, key, at);
  if (value === undefined || PLATFORM_PART.test(value)) return value;
  throw new Refusal(`${at}.${key} is ${quoted(value)}, not the name of one`);
}

function urls(value: JsonValue | undefined, at: string): readonly string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isArray(value) || !value.every((url) => typeof url === "string")) {
    throw new Refusal(`${at}.urls is not a list of texts`);
  }
  return value.length === 0 ? undefined : value;
}

function checkData(
  value: JsonValue | undefined,
  { digest, size }: { digest: string; size: number },
  at: string,
): void {
  if (value === undefined || value === null) return;
  if (typeof value !== "string") throw new Refusal(`${at}.data is ${kindOf(value)}, not a text`);
  const data = Buffer.from(value, "base64");
  if (data.length !== size) {
    throw new Refusal(`${at}.data has ${data.length} bytes, but ${at}.size is ${size}`);
  }
  if (digestOf(data) !== digest) throw new Refusal(`${at}.data does not have the digest ${digest}`);
}

/** The same object without the fields that are undefined. */
function defined(read: { [K in keyof Descriptor]-?: Descriptor[K] | undefined }): Descriptor {
  return Object.fromEntries(
    Object.entries(read).filter(([, value]) => value !== undefined),
  ) as Descriptor;
}
