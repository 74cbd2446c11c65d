import { createHash, randomUUID } from "node:crypto";
import type { Client } from "@grpc/grpc-js";
import {
  containerdContentMethods,
  containerdLeaseMethods,
  type Exchange,
  exchange,
} from "../../api/index.ts";
import type { Digest } from "../../oci/index.ts";
import { RuntimeError } from "./errors.ts";
import type { Labels } from "./image-names.ts";
import { type Ask, asked, callOver, isAlreadyThere } from "./runtime-calls.ts";

export type WrittenBlob = {
  readonly digest: Digest;
  readonly size: number;
  readonly labels: Labels;
};

/** containerd's store of blobs. What is written to it stays while the lease does, or an image's labels lead to it. */
export type ContentStore = {
  /** What its garbage collection spares until it is released; of one that is never released, for an hour or two. */
  lease(signal: AbortSignal): Promise<string>;
  release(lease: string, signal: AbortSignal): Promise<void>;
  /** Does nothing where it is there already. @throws RuntimeError when the bytes are not what the digest says, and nothing stays of them */
  write(
    lease: string,
    blob: WrittenBlob,
    bytes: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<void>;
};

const LONGEST_MS = 2 * 60 * 60_000;
const DROP_MS = 10_000;

type Writing = Exchange<
  Parameters<typeof containerdContentMethods.Write.requestSerialize>[0],
  ReturnType<typeof containerdContentMethods.Write.responseDeserialize>
>;

export function createContentStore(client: Client, ask: Ask): ContentStore {
  const { Abort, Write } = containerdContentMethods;

  /** @throws RuntimeError also where it is there */
  async function pour(
    ref: string,
    lease: string,
    { digest, size, labels }: WrittenBlob,
    bytes: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<void> {
    const act = `write ${digest} into its store`;
    const call = { signal, timeoutMs: LONGEST_MS, metadata: { "containerd-lease": lease } };
    const writing: Writing = exchange(client, Write, callOver(call));
    const blob = { ref, total: size, expected: digest };
    const hash = createHash("sha256");
    let offset = 0;
    try {
      for await (const data of bytes) {
        hash.update(data);
        await asked(act, signal, () =>
          writing.ask({ ...blob, action: "WRITE", offset, data: Buffer.from(data) }),
        );
        offset += data.length;
      }
      const came = `sha256:${hash.digest("hex")}`;
      if (came !== digest) {
        const message = `could not ${act}: its ${offset} bytes have the digest ${came}`;
        throw new RuntimeError("LOAD_FAILED", message);
      }
      await asked(act, signal, () =>
        writing.ask({ ...blob, action: "COMMIT", offset, labels: { ...labels } }),
      );
    } finally {
      writing.close();
    }
  }

  return {
    async lease(signal) {
      const id = `oci-torrent-${randomUUID()}`;
      const expire = new Date(Date.now() + LONGEST_MS).toISOString();
      const request = { id, labels: { "containerd.io/gc.expire": expire } };
      await ask("begin an import", containerdLeaseMethods.Create, request, { signal });
      return id;
    },
    async release(id, signal) {
      await ask("end an import", containerdLeaseMethods.Delete, { id }, { signal });
    },
    async write(lease, blob, bytes, signal) {
      // Two images that share a layer may come in at once: each writes its own, and the first counts.
      const ref = `${lease}-${blob.digest}`;
      try {
        await pour(ref, lease, blob, bytes, signal);
      } catch (error) {
        if (isAlreadyThere(error)) return;
        // Where that fails, it goes with the lease.
        const soon = AbortSignal.timeout(DROP_MS);
        await ask(`drop ${ref}`, Abort, { ref }, { signal: soon }).catch(() => {});
        throw error;
      }
    },
  };
}
