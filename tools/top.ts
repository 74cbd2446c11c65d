import { relative, resolve } from "node:path";

/** The top of the checkout. */
export const TOP = resolve(import.meta.dirname, "..");

export const fromTop = (path: string) => relative(TOP, path);
