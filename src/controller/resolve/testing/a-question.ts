import { digestOf, parseReference } from "../../../oci/index.ts";
import type { ImageQuestion } from "../image-question.ts";
import type { FoundImage, Resolving } from "../resolve-image.ts";

/** Of the namespace `team`, for `registry.test/demo/app:1` on nodes of linux/amd64. */
export const aQuestion = (question: Partial<ImageQuestion> = {}): ImageQuestion => ({
  namespace: "team",
  imagePullSecrets: [],
  serviceAccountName: undefined,
  reference: parseReference("registry.test/demo/app:1"),
  refresh: undefined,
  wanted: { of: "nodes", platforms: ["linux/amd64"] },
  before: undefined,
  ...question,
});

export const digestNamed = (name: string) => digestOf(Buffer.from(name));

/** The image of that name was found, with these platforms. */
export function foundImage(
  name: string,
  platforms: readonly string[] = ["linux/amd64"],
  reference = "registry.test/demo/app:1",
): Extract<Resolving, { state: "done" }> {
  const image: FoundImage = {
    reference,
    host: "registry.test",
    digest: digestNamed(name),
    access: "Public",
    platforms: platforms.map((platform) => ({
      platform,
      digest: digestNamed(`${name} ${platform}`),
      bytes: 1,
      layers: [],
    })),
  };
  return { state: "done", image, documents: { index: undefined, manifests: new Map() } };
}
