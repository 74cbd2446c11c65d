import type { RuntimeImportRequest__Output } from "../../api/index.ts";
import type { Import, ImportedBlob } from "./import-image.ts";
import { invalid, readBlob, readImage } from "./requests.ts";

/** More than any image has. */
const MOST_BLOBS = 1_024;

/**
 * Reads what the agent sends of an image as it comes.
 * @throws RuntimeError REQUEST_INVALID, here or from the blobs
 */
export async function readImport(
  messages: AsyncIterable<RuntimeImportRequest__Output>,
): Promise<Import> {
  const parts = messages[Symbol.asyncIterator]();
  const next = async () => {
    const { value, done } = await parts.next();
    return done === true ? undefined : (value as RuntimeImportRequest__Output);
  };
  const first = await next();
  if (first?.part !== "image") throw invalid("image", "missing");
  const { image, pin } = first.image ?? { image: null, pin: false };
  return { image: readImage("image", image), pin, blobs: blobsIn(next) };
}

type Next = () => Promise<RuntimeImportRequest__Output | undefined>;

async function* blobsIn(next: Next): AsyncGenerator<ImportedBlob> {
  let message = await next();
  for (let count = 1; message !== undefined; count += 1) {
    if (message.part !== "blob") throw invalid("data", "before its blob");
    if (count > MOST_BLOBS) throw invalid("blob", `more than ${MOST_BLOBS}`);
    const blob = readBlob("blob", message.blob ?? null);
    const data = new BlobData(blob.size, next);
    yield { ...blob, bytes: data };
    message = await data.end();
  }
}

/** The bytes of one blob. Whoever leaves off reading them leaves the rest here. */
class BlobData implements AsyncIterable<Uint8Array> {
  readonly #size: number;
  readonly #next: Next;
  #came = 0;
  #after: { readonly message: RuntimeImportRequest__Output | undefined } | undefined;

  constructor(size: number, next: Next) {
    this.#size = size;
    this.#next = next;
  }

  [Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    return { next: () => this.#read() };
  }

  /** Reads over the rest. What came after it, if anything did. */
  async end(): Promise<RuntimeImportRequest__Output | undefined> {
    while ((await this.#read()).done !== true);
    return this.#after?.message;
  }

  async #read(): Promise<IteratorResult<Uint8Array>> {
    if (this.#after !== undefined) return { done: true, value: undefined };
    const message = await this.#next();
    if (message?.part !== "data") {
      if (this.#came < this.#size) throw invalid("data", `${this.#came} of ${this.#size} bytes`);
      this.#after = { message };
      return { done: true, value: undefined };
    }
    const data = message.data ?? new Uint8Array();
    this.#came += data.length;
    if (this.#came > this.#size) throw invalid("data", `more than ${this.#size} bytes`);
    return { done: false, value: data };
  }
}
