// What an origin knows of a blob for certain, and so says of it.
import type { Blob } from "./state.ts";

/**
 * It has the bytes, from where they can be had for certain: what others say of the list is neither needed, nor a reason to stop. They may
 * have invented it, and two who fetch the same bytes cost no more than the two leases allow; each reads them once.
 */
export const isCertain = (blob: Blob): boolean => blob.isFetching && blob.hasBegun;

/** How much of the list we tell others: who is certain does not repeat what it has only heard. */
export const toldHashes = (blob: Blob): number =>
  isCertain(blob)
    ? Math.min(blob.list.known, Math.max(blob.adopted, blob.streamAt))
    : blob.list.known;
