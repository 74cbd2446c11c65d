export { aBlob } from "../test-blob.ts";
