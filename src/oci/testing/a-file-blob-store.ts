import type { TestContext } from "node:test";
import type { FileBlobStore } from "../blob-store.ts";
import { createBlobStore } from "../file-blob-store.ts";
import { temporaryDirectory } from "./temporary-directory.ts";

export const aFileBlobStore = async (test: TestContext): Promise<FileBlobStore> =>
  await createBlobStore(await temporaryDirectory(test));
