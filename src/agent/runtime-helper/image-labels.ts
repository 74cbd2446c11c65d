import type { Labels } from "./image-names.ts";

/** By which containerd's CRI knows images as its own; it adds this by itself, a moment later. */
const MANAGED = { "io.cri-containerd.image": "managed" };
const PINNED = "io.cri-containerd.pinned";
/** Beside the pin, so that a pin that somebody else has set stays when ours goes. */
const PINNED_BY_US = "oci-torrent.io/pinned";

/** Filter for names that are pinned by us. */
export const PINNED_BY_US_FILTER = `labels."${PINNED_BY_US}"==true`;

export const pinnedLabels: Labels = { [PINNED]: "pinned", [PINNED_BY_US]: "true" };
export const unpinnedLabels: Labels = { [PINNED]: "", [PINNED_BY_US]: "" };
export const loadedLabels = (pin: boolean): Labels =>
  pin ? { ...MANAGED, ...pinnedLabels } : MANAGED;

export const isPinnedByUs = (labels: Labels): boolean => labels[PINNED_BY_US] === "true";
