import { type Digest, isDigest } from "./digest.ts";
import { OciError } from "./errors.ts";
import { quoted } from "./quoted.ts";

/**
 * The full name of an image, as only `parseReference` makes it: the host is always there and lower case, with its
 * port if it has one, and at least one of tag and digest is set. With both, the digest says which image it is.
 */
export type Reference = {
  readonly host: string;
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
} & { readonly __brand: "Reference" };

const DOCKER_HUB = "docker.io";
const DOCKER_HUB_ALIAS = "index.docker.io";
const OFFICIAL = "library/";
const DEFAULT_TAG = "latest";
const LONGEST_NAME = 255;
const LONGEST_TAG = 128;
const HIGHEST_PORT = 65_535;

const LABEL = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?";
const HOST = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
const COMPONENT = /^[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//;
const IMAGE_ID = /^[0-9a-f]{64}$/;

type Parts = {
  readonly name: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
};
type Name = { readonly host: string; readonly repository: string };

/**
 * Reads what people write for an image, by docker's grammar and short forms: `busybox` is
 * `docker.io/library/busybox:latest`. Throws REFERENCE_INVALID with what is wrong and, where it can tell, the way out.
 */
export function parseReference(text: string): Reference {
  const refuse = (why: string): never => {
    throw new OciError("REFERENCE_INVALID", `${quoted(text)} is not an image reference: ${why}`);
  };
  const odd = whyNotText(text);
  if (odd !== undefined) return refuse(odd);
  const parts = split(text);
  const wrong = whyNotName(parts.name) ?? whyNotTag(parts.tag) ?? whyNotDigest(parts.digest);
  if (wrong !== undefined) return refuse(wrong);
  const name = normalise(parts.name);
  const unfit = whyNotHost(name.host) ?? whyNotRepository(name);
  return unfit === undefined ? assemble(name, parts) : refuse(unfit);
}

/** The canonical form: `host/repository[:tag][@digest]`. `parseReference` reads it back as the same value. */
export const formatReference = (reference: Reference): string =>
  `${reference.host}/${reference.repository}${suffix(reference)}`;

/** The shortest name without tag and digest that still means the same repository: `busybox`, `grafana/grafana`. */
export function familiarName({ host, repository }: Reference): string {
  if (host !== DOCKER_HUB || looksLikeHost(firstPart(repository))) return `${host}/${repository}`;
  const official = repository.slice(OFFICIAL.length);
  const isOfficial = repository.startsWith(OFFICIAL) && !official.includes("/");
  return isOfficial && !IMAGE_ID.test(official) ? official : repository;
}

/** The shortest form that `parseReference` reads as the same reference: `busybox:latest`. */
export const familiarReference = (reference: Reference): string =>
  familiarName(reference) + suffix(reference);

/** The same name, pinned to what its tag was found to mean. */
export const withDigest = (reference: Reference, digest: Digest): Reference => ({
  ...reference,
  digest,
});

/** Whether it can name a repository in a registry: `library/busybox`. */
export const isRepository = (text: string): boolean =>
  text.length <= LONGEST_NAME && text.split("/").every((component) => COMPONENT.test(component));

export const isTag = (text: string): boolean => TAG.test(text) && text.length <= LONGEST_TAG;

const suffix = ({ tag, digest }: Reference): string =>
  (tag === undefined ? "" : `:${tag}`) + (digest === undefined ? "" : `@${digest}`);

function whyNotText(text: string): string | undefined {
  if (text.trim() === "") return 'it is empty; give a name such as "busybox"';
  if (/[^ -~]/.test(text)) return "it holds a character that is not printable ASCII";
  if (text.includes(" ")) return "it holds a space";
  if (text.startsWith("-")) return "it starts with a dash; flags go before the image";
  if (SCHEME.test(text)) {
    return `it has a scheme; write it as ${quoted(text.replace(SCHEME, ""))}`;
  }
  if (text.includes("[")) {
    return "IPv6 addresses are not supported; give the registry a host name";
  }
  return undefined;
}

function split(text: string): Parts {
  const [named = "", ...digests] = text.split("@");
  const colon = named.indexOf(":", named.lastIndexOf("/") + 1);
  return {
    name: colon === -1 ? named : named.slice(0, colon),
    tag: colon === -1 ? undefined : named.slice(colon + 1),
    digest: digests.length === 0 ? undefined : digests.join("@"),
  };
}

function whyNotName(name: string): string | undefined {
  if (name === "") return "the name is missing";
  if (/^(?:\.{0,2}\/|\.{1,2}$)/.test(name)) {
    return `it looks like a path; an OCI layout is written as ${quoted(`oci:${name}`)}`;
  }
  if (name.endsWith("/")) return "it ends in a slash";
  if (name.includes("//")) return "it holds an empty part between two slashes";
  if (IMAGE_ID.test(name)) return "it is an image id; give the name of the image";
  return undefined;
}

function whyNotTag(tag: string | undefined): string | undefined {
  if (tag === undefined) return undefined;
  if (tag === "") return "the tag after the colon is missing";
  if (tag.length > LONGEST_TAG) {
    return `the tag has ${tag.length} characters, more than ${LONGEST_TAG}`;
  }
  if (!TAG.test(tag)) {
    return `the tag ${quoted(tag)} may hold letters, digits, "_", "." and "-" only, and not start with "." or "-"`;
  }
  return undefined;
}

function whyNotDigest(digest: string | undefined): string | undefined {
  if (digest === undefined || isDigest(digest)) return undefined;
  const [algorithm = "", hex = ""] = digest.split(":", 2);
  if (algorithm !== "sha256") {
    return `the digest algorithm ${quoted(algorithm)} is not supported; use sha256`;
  }
  if (hex.length !== 64) return `the digest has ${hex.length} hex digits instead of 64`;
  return "the digest may hold the digits 0-9 and a-f only";
}

/** Docker's rule: the first part is a host when it has a dot or a port, or is "localhost". */
function normalise(name: string): Name {
  const first = firstPart(name);
  const named = name !== first && looksLikeHost(first);
  const host = named ? first.toLowerCase() : DOCKER_HUB;
  const repository = named ? name.slice(first.length + 1) : name;
  if (host !== DOCKER_HUB && host !== DOCKER_HUB_ALIAS) return { host, repository };
  return {
    host: DOCKER_HUB,
    repository: repository.includes("/") ? repository : OFFICIAL + repository,
  };
}

const firstPart = (name: string): string => name.split("/", 1)[0] ?? "";

const looksLikeHost = (part: string): boolean =>
  part.includes(".") || part.includes(":") || part.toLowerCase() === "localhost";

function whyNotHost(host: string): string | undefined {
  const [hostname = "", port, ...more] = host.split(":");
  if (!HOST.test(hostname) || more.length > 0) return `${quoted(host)} is not a host name`;
  if (port !== undefined && !(/^[1-9][0-9]{0,4}$/.test(port) && Number(port) <= HIGHEST_PORT)) {
    return `the port ${quoted(port)} is not a number from 1 to ${HIGHEST_PORT}`;
  }
  return undefined;
}

function whyNotRepository({ host, repository }: Name): string | undefined {
  const wrong = repository.split("/").find((component) => !COMPONENT.test(component));
  if (wrong !== undefined && COMPONENT.test(wrong.toLowerCase())) {
    return `a repository is lower case; write ${quoted(wrong.toLowerCase())} for ${quoted(wrong)}`;
  }
  if (wrong !== undefined) {
    return `the part ${quoted(wrong)} may hold a-z and 0-9, parted by ".", "_", "__" or dashes, only`;
  }
  const length = host.length + 1 + repository.length;
  if (length > LONGEST_NAME) {
    return `host and repository have ${length} characters, more than ${LONGEST_NAME}`;
  }
  return undefined;
}

function assemble(name: Name, { tag, digest }: Parts): Reference {
  const named = tag ?? (digest === undefined ? DEFAULT_TAG : undefined);
  return {
    ...name,
    ...(named === undefined ? {} : { tag: named }),
    ...(digest === undefined ? {} : { digest }),
  } as Reference;
}
