import { AttemptFailed, protocolFailure } from "./attempt-failure.ts";
import { readBounded } from "./bounded-body.ts";
import { encodingFailure } from "./content-encoding.ts";
import type { Descriptor } from "./descriptor.ts";
import { digestOf, isDigest } from "./digest.ts";
import { type ExchangeDeps, exchange } from "./exchange.ts";
import { DOCUMENT_MEDIA_TYPES, nameOfUnsupported } from "./media-types.ts";
import { quoted } from "./quoted.ts";
import type { RegistryEndpoint } from "./registry-endpoints.ts";
import { statusFailure } from "./status-failure.ts";
import type { HttpAnswer } from "./transport.ts";

/** A manifest or an index as it came: the digest holds for exactly these bytes. */
export type FetchedDocument = { readonly descriptor: Descriptor; readonly bytes: Uint8Array };

/** A manifest at one endpoint, its bytes checked; fails with `AttemptFailed`. */
export async function fetchDocument(
  deps: ExchangeDeps,
  endpoint: RegistryEndpoint,
  repository: string,
  tagOrDigest: string,
  signal: AbortSignal,
): Promise<FetchedDocument> {
  const question = {
    what: "manifest",
    repository,
    path: `manifests/${tagOrDigest}`,
    headers: { accept: DOCUMENT_MEDIA_TYPES.join(", ") },
  } as const;
  const { answer, url } = await exchange(deps, endpoint, question, signal);
  const unusable = whyUnusable(answer, url.host, deps.clock.now());
  if (unusable !== undefined) {
    await answer.discard(deps.limits.errorBytes);
    throw unusable;
  }
  const { host } = url;
  const bytes = await readBounded(answer, deps.limits.manifestBytes, "a manifest", host, signal);
  const digest = digestOf(bytes);
  if (isDigest(tagOrDigest) && digest !== tagOrDigest) {
    throw protocolFailure(host, `sends a manifest of digest ${digest} instead`);
  }
  const named = answer.header("docker-content-digest");
  if (named !== undefined && isDigest(named) && named !== digest) {
    throw protocolFailure(host, `says that the manifest is ${named}, but sends ${digest}`);
  }
  return { descriptor: { mediaType: mediaTypeOf(answer), digest, size: bytes.length }, bytes };
}

/** Content-Type without its parameters. */
function mediaTypeOf(answer: HttpAnswer): string {
  const [type = ""] = (answer.header("content-type") ?? "").split(";", 1);
  return type.trim().toLowerCase();
}

function whyUnusable(answer: HttpAnswer, host: string, now: number): AttemptFailed | undefined {
  if (answer.status !== 200) return new AttemptFailed(statusFailure(answer, host, now));
  const type = mediaTypeOf(answer);
  const name = nameOfUnsupported(type);
  if (name !== undefined) {
    const detail = `has only a ${name}, which is not supported: push the image again with a newer tool`;
    return new AttemptFailed({ kind: "unsupported", host, detail });
  }
  if (!DOCUMENT_MEDIA_TYPES.includes(type)) {
    return protocolFailure(host, `sends content of type ${quoted(type)} where a manifest belongs`);
  }
  return encodingFailure(answer, host);
}
