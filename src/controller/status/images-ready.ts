/** Of a Node's status (v1), less its times. */
export type NodeCondition = {
  readonly type: string;
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
};

export const IMAGES_READY = "oci-torrent.io/ImagesReady";
const MOST_NAMED = 3;

/** @param lacked distributions whose images the node should have and does not: namespace/name/uid */
export function imagesReady(lacked: readonly string[]): NodeCondition {
  const type = IMAGES_READY;
  if (lacked.length === 0) {
    const message = "the images of all distributions that select this node are on it";
    return { type, status: "True", reason: "ImagesReady", message };
  }
  const named = lacked.slice(0, MOST_NAMED).map((key) => key.slice(0, key.lastIndexOf("/")));
  const others = lacked.length - named.length;
  const list = [...named, ...(others > 0 ? [`${others} more`] : [])].join(", ");
  const message = `not on this node yet: the images of ${list}`;
  return { type, status: "False", reason: "ImagesMissing", message };
}
