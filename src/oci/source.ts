import { OciError } from "./errors.ts";
import { quoted } from "./quoted.ts";
import { parseReference, type Reference } from "./reference.ts";

/** Where an image comes from: a registry, an OCI image layout on disk, or such a layout in a tar file. */
export type Source =
  | { readonly kind: "docker"; readonly reference: Reference }
  | { readonly kind: "oci"; readonly directory: string; readonly tag?: string }
  | { readonly kind: "oci-archive"; readonly file: string; readonly tag?: string };

// What a layout may call an image: org.opencontainers.image.ref.name (OCI image spec, annotations.md).
const REF_NAME = /^[A-Za-z0-9]+(?:(?:[-._:@+/]|--)[A-Za-z0-9]+)*$/;
const OTHER_TRANSPORT =
  /^(?:dir|docker-archive|docker-daemon|containers-storage|ostree|sif|tarball):/;

/**
 * Reads `docker://REF`, a bare REF, `oci:DIR[:NAME]` or `oci-archive:FILE[:NAME]`. As in skopeo a path ends at its
 * first colon, and `oci:` is always a layout: the image of that name is `docker://oci:TAG`. Throws REFERENCE_INVALID.
 */
export function parseSource(text: string): Source {
  if (text.startsWith("docker://")) {
    return { kind: "docker", reference: parseReference(text.slice("docker://".length)) };
  }
  if (text.startsWith("oci:")) {
    const { path, tag } = splitPath(text, "oci", "DIR");
    return { kind: "oci", directory: path, ...tag };
  }
  if (text.startsWith("oci-archive:")) {
    const { path, tag } = splitPath(text, "oci-archive", "FILE");
    return { kind: "oci-archive", file: path, ...tag };
  }
  if (OTHER_TRANSPORT.test(text)) {
    throw refusal(text, "use docker://REF, oci:DIR[:NAME] or oci-archive:FILE[:NAME]");
  }
  return { kind: "docker", reference: parseReference(text) };
}

function splitPath(text: string, transport: string, what: string) {
  const rest = text.slice(transport.length + 1);
  const colon = rest.indexOf(":");
  const path = colon === -1 ? rest : rest.slice(0, colon);
  const name = colon === -1 ? undefined : rest.slice(colon + 1);
  if (path === "") throw refusal(text, `write it as ${transport}:${what}[:NAME]`);
  if (path.includes("\0")) throw refusal(text, "the path holds a NUL character");
  if (name !== undefined && !REF_NAME.test(name)) {
    throw refusal(text, `${quoted(name)} is not the name of an image in a layout`);
  }
  return { path, tag: name === undefined ? {} : { tag: name } };
}

const refusal = (text: string, why: string): OciError =>
  new OciError("REFERENCE_INVALID", `${quoted(text)} is not a source of an image: ${why}`);
