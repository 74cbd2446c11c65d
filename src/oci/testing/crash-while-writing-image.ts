import type { Descriptor } from "../descriptor.ts";
import type { Digest } from "../digest.ts";
import { crashAtRename } from "./crash-at-rename.ts";

// A process of its own: `crash-while-writing-image.ts before|after FILE ROOT REFERENCE TOP DIGESTS`, the last two JSON.
const [when, file = "", root = "", text = "", top = "", digests = ""] = process.argv.slice(2);
crashAtRename(when === "before" ? "before" : "after", (_, to) => to.endsWith(file));
const { createBlobStore } = await import("../file-blob-store.ts");
const { createImageLayouts } = await import("../image-layout.ts");
const { parseReference } = await import("../reference.ts");
const layouts = createImageLayouts({ root: `${root}/oci`, blobs: await createBlobStore(root) });
await layouts.writeImage(
  parseReference(text),
  JSON.parse(top) as Descriptor,
  JSON.parse(digests) as Digest[],
);
