import { containerdImageMethods as methods } from "../../api/index.ts";
import { type Digest, isDigest } from "../../oci/index.ts";
import { RuntimeError } from "./errors.ts";
import { type Ask, isAlreadyThere, isNotFound } from "./runtime-calls.ts";

/** What a name stands for (containerd.types.Descriptor). */
export type Target = { readonly mediaType: string; readonly digest: Digest; readonly size: number };

export type Labels = Readonly<Record<string, string>>;

export type Named = { readonly name: string; readonly target: Target; readonly labels: Labels };

/**
 * The names of images in containerd. No call that changes one goes without its target: containerd 2.4.2 ends by a defect of its own on
 * a Create or Update that has none.
 */
export type ImageNames = {
  get(name: string, signal: AbortSignal): Promise<Named | undefined>;
  /** Also where it stood for something else before. Of its labels, these alone change; an empty one goes. */
  set(named: Named, signal: AbortSignal): Promise<void>;
  /** Does nothing where it is gone already. */
  remove(named: Pick<Named, "name" | "target">, signal: AbortSignal): Promise<void>;
  /** @param filters any of them has to hold (containerd's filter syntax). */
  list(filters: readonly string[], signal: AbortSignal): Promise<readonly Named[]>;
};

export function createImageNames(ask: Ask): ImageNames {
  const update = (image: Wire, labels: Labels, signal: AbortSignal) => {
    const paths = ["target", ...Object.keys(labels).map((label) => `labels.${label}`)];
    const request = { image: withTarget(image), updateMask: { paths } };
    return ask(`name the image ${image.name}`, methods.Update, request, { signal });
  };

  return {
    async get(name, signal) {
      const answer = await ask(`look up ${name}`, methods.Get, { name }, { signal }).catch(absent);
      return answer?.image ? parse(answer.image) : undefined;
    },
    async set({ name, target, labels }, signal) {
      const image = withTarget({ name, target, labels: { ...labels } });
      const kept = Object.fromEntries(Object.entries(labels).filter(([, value]) => value !== ""));
      try {
        const request = { image: { ...image, labels: kept } };
        await ask(`name the image ${name}`, methods.Create, request, { signal });
      } catch (error) {
        if (!isAlreadyThere(error)) throw error;
        await update(image, labels, signal);
      }
    },
    async remove({ name, target }, signal) {
      const request = { name, target: withTarget({ name, target }).target };
      await ask(`remove the name ${name}`, methods.Delete, request, { signal }).catch(absent);
    },
    async list(filters, signal) {
      const request = { filters: [...filters] };
      const { images } = await ask("list images", methods.List, request, { signal });
      return images.flatMap((image) => parse(image) ?? []);
    },
  };
}

type Wire = { name: string; target: Target; labels?: Record<string, string> };

function withTarget<Image extends Wire>(image: Image): Image {
  const { digest, size, mediaType } = image.target;
  if (isDigest(digest) && size > 0 && mediaType !== "") return image;
  throw new RuntimeError("LOAD_FAILED", `could not name ${image.name}: no image stands behind it`);
}

function parse({
  name,
  labels,
  target,
}: {
  name: string;
  labels: Record<string, string>;
  target: { mediaType: string; digest: string; size: number } | null;
}): Named | undefined {
  if (target === null || !isDigest(target.digest)) return undefined;
  const { mediaType, digest, size } = target;
  return { name, labels, target: { mediaType, digest, size } };
}

function absent(error: unknown): undefined {
  if (!isNotFound(error)) throw error;
}
