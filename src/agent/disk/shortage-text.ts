import { inBinaryUnits } from "../report/binary-units.ts";
import type { Shortage } from "./decide-room.ts";

/** For people: what is needed, what there is, and the way out. At most 256 characters. */
export function shortageText(shortage: Shortage): string {
  const { needed, reservedBytes, freeBytes, keptFreeBytes, usedBytes, maxBytes } = shortage;
  const { storeBytes, runtimeBytes } = needed;
  const reserved =
    reservedBytes === 0 ? "" : `, and ${inBinaryUnits(reservedBytes)} are promised to others`;
  if (shortage.where === "store") {
    return (
      `the store has ${inBinaryUnits(usedBytes)} of at most ${inBinaryUnits(maxBytes)}${reserved}: ` +
      `this image needs ${inBinaryUnits(storeBytes)} there. Raise store.maxBytes (--store-max-bytes), or have the node hold less`
    );
  }
  const runtime =
    runtimeBytes === 0 ? "" : `, ${inBinaryUnits(runtimeBytes)} of it for the container runtime`;
  return (
    `the image needs ${inBinaryUnits(storeBytes + runtimeBytes)}${runtime}; ${inBinaryUnits(freeBytes)} are free, ` +
    `of which ${inBinaryUnits(keptFreeBytes)} stay free${reserved}. Make room on the disk, or lower store.minFreePercent`
  );
}
