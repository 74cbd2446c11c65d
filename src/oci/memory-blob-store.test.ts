import { createMemoryBlobStore } from "./memory-blob-store.ts";
import { blobStoreContract } from "./testing/blob-store-contract.ts";

blobStoreContract("memory", async () => createMemoryBlobStore());
