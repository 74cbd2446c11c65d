import { crashAtRename } from "./crash-at-rename.ts";

// A process of its own: `crash-while-adopting.ts before|copied|after ROOT FILE DIGEST`.
const [when, root = "", file = "", digest = ""] = process.argv.slice(2);
const copied = when === "copied";
crashAtRename(when === "after" ? "after" : "before", (from, to) => {
  return to.endsWith(digest.slice("sha256:".length)) && from.includes(".incoming-") === copied;
});
const { createBlobStore } = await import("../file-blob-store.ts");
const { parseDigest } = await import("../digest.ts");
const store = await createBlobStore(root);
await store.adopt(file, parseDigest(digest));
