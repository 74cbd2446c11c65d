import { createHash } from "node:crypto";

/** Chance that is the same each time: for one uid, every node has its own place, the same for all who ask. */
export const rendezvous = (uid: string, node: string): string =>
  createHash("sha256").update(`${uid}/${node}`).digest("hex");
