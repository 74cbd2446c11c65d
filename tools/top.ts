import { resolve } from "node:path";

/** The top of the checkout. */
export const TOP = resolve(import.meta.dirname, "..");
