import type { HeldImage, WantedImage } from "../../api/index.ts";
import { listAt, recordAt, textAt } from "../gather/read.ts";
import { isRecord, type KubeObject } from "../kube/kube-object.ts";
import type { ObjectReader } from "../kube/object-cache.ts";
import type { Fleet } from "./fleet.ts";

/** A new leader goes on where the one before stopped: what nodes are to hold, who seeds, and how far everything was. */
export function adoptNodeImageSets(
  { sets, reports, swarms }: Fleet,
  nodeImageSets: ObjectReader,
): void {
  const wanted = new Map<string, Map<string, WantedImage>>();
  for (const object of nodeImageSets.values()) {
    const { name } = object.metadata;
    for (const image of wantedIn(object)) {
      const nodes = wanted.get(image.key) ?? new Map<string, WantedImage>();
      wanted.set(image.key, nodes.set(name, image));
    }
    reports.read(name, heldIn(object));
  }
  for (const [key, assignments] of wanted) {
    sets.set(key, assignments);
    swarms.expect(key);
  }
}

const wantedIn = (object: KubeObject): WantedImage[] =>
  listAt(recordAt(object, "spec"), "images").filter((image): image is WantedImage =>
    ["key", "image", "digest", "platform", "role", "load", "pin", "revision"].every(
      (field) => textAt(image, field) !== "",
    ),
  );

/** What the node's agent wrote down; what it wrote amiss is left out. */
export const heldIn = (object: KubeObject): HeldImage[] =>
  listAt(recordAt(object, "status"), "images").filter(isHeld);

/** What is kept of a NodeImageSet in memory: how far each layer is, agents say in their sessions. */
export function trimNodeImageSet(object: KubeObject): KubeObject {
  const status = recordAt(object, "status");
  const images = listAt(status, "images").map((image) => {
    if (!isRecord(image)) return image;
    const { layers: _, ...kept } = image;
    return kept;
  });
  return { ...object, status: { images } };
}

const NUMBERS = ["completedBytes", "totalBytes", "fromRegistry", "fromPeers", "local"];
const TEXTS = ["key", "revision", "state", "lastTransitionTime"];

const isHeld = (image: unknown): image is HeldImage =>
  isRecord(image) &&
  TEXTS.every((field) => textAt(image, field) !== "") &&
  NUMBERS.every((field) => Number.isSafeInteger(image[field]));
