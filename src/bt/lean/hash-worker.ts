// What runs on the worker thread: hashes pieces, writes them, and follows each blob's SHA-256 along its frontier, the first byte that is missing.

/** A blob with a file the worker may write. All numbers are bytes but `blob` and `job`, which name one. */
export type WorkerBlob = {
  readonly blob: number;
  readonly fd: number;
  readonly size: number;
  readonly pieceLength: number;
  /** 64 hex digits of its SHA-256. */
  readonly digest: string;
  /** Pieces on disk, one byte each. */
  readonly held: Uint8Array;
};

export type WorkerJob =
  | ({ readonly do: "open" } & WorkerBlob)
  /** Answered once nothing of the blob's file is touched any more; its other jobs get no answer. */
  | { readonly do: "close"; readonly job: number; readonly blob: number }
  /** Hash what is in memory; when it is right, write it to its place. */
  | {
      readonly do: "check";
      readonly job: number;
      readonly blob: number;
      readonly piece: number;
      /** Absent: the pool's. */
      readonly memory?: SharedArrayBuffer;
      readonly at: number;
      readonly bytes: number;
      readonly expected: Uint8Array;
    }
  /** Hash pieces on disk, those with a 1 in `which`; answered with the right ones. The others count as missing. */
  | {
      readonly do: "scan";
      readonly job: number;
      readonly blob: number;
      readonly which: Uint8Array;
      readonly hashes: Uint8Array;
    }
  /** These are not to be believed any more. */
  | { readonly do: "forget"; readonly blob: number; readonly pieces: readonly number[] }
  /** Answered when every piece is on disk and hashed. */
  | { readonly do: "prove"; readonly job: number; readonly blob: number };

export type WorkerFailure = { readonly code: string; readonly message: string };

export type WorkerAnswer =
  | { readonly job: number; readonly ok: boolean }
  | { readonly job: number; readonly right: Uint8Array }
  | { readonly job: number; readonly failure: WorkerFailure };

export type WorkerSetUp = {
  /** Sent once: each time that a thread is given shared memory, all of it counts as new garbage there. */
  readonly pool: SharedArrayBuffer;
  /** One Int32, counted up whenever something was done, so that a hang can be told from a long wait. */
  readonly beat: SharedArrayBuffer;
};

/**
 * The worker's source, which must not refer to anything outside this function: it is run by its text, so that one bundled file needs no second one.
 */
export function hashWorker(): void {
  const { createHash, hash } = process.getBuiltinModule("node:crypto");
  const { readSync, writeSync } = process.getBuiltinModule("node:fs");
  const { parentPort, workerData } = process.getBuiltinModule("node:worker_threads");
  const READ_BYTES = 1024 * 1024;
  const beat = new Int32Array((workerData as WorkerSetUp).beat);
  const pool = new Uint8Array((workerData as WorkerSetUp).pool);

  type Blob = WorkerBlob & {
    readonly held: Uint8Array;
    /** How much of the blob is in `hash`. */
    hashed: number;
    hash: ReturnType<typeof createHash>;
    verdict: boolean | undefined;
    prove: number | undefined;
    scan: { job: number; which: Uint8Array; hashes: Uint8Array; right: Uint8Array; at: number };
  };
  const blobs = new Map<number, Blob>();
  const idle = { job: 0, which: new Uint8Array(), hashes: new Uint8Array(), at: 0 };
  let scratch = Buffer.alloc(0);
  let isScheduled = false;

  const answer = (message: WorkerAnswer) => parentPort?.postMessage(message);
  const fail = (job: number, error: unknown) => {
    const { code, message } = error as { code?: string; message?: string };
    answer({ job, failure: { code: String(code ?? "UNKNOWN"), message: String(message) } });
  };
  const bytesOf = (blob: Blob, piece: number) =>
    Math.min(blob.pieceLength, blob.size - piece * blob.pieceLength);

  function restartDigest(blob: Blob): void {
    blob.hashed = 0;
    blob.hash = createHash("sha256");
    blob.verdict = undefined;
  }

  function open(given: WorkerBlob): void {
    const scan = { ...idle, right: new Uint8Array() };
    const state = {
      hashed: 0,
      hash: createHash("sha256"),
      verdict: undefined,
      prove: undefined,
      scan,
    };
    blobs.set(given.blob, { ...given, ...state });
  }

  function check(job: Extract<WorkerJob, { do: "check" }>, blob: Blob): void {
    const { memory, at, bytes } = job;
    const view = memory ? new Uint8Array(memory, at, bytes) : pool.subarray(at, at + bytes);
    if (!hash("sha1", view, "buffer").equals(job.expected)) {
      answer({ job: job.job, ok: false });
      return;
    }
    const position = job.piece * blob.pieceLength;
    for (let done = 0; done < job.bytes; ) {
      done += writeSync(blob.fd, view, done, job.bytes - done, position + done);
    }
    blob.held[job.piece] = 1;
    if (position === blob.hashed) addToDigest(blob, view);
    answer({ job: job.job, ok: true });
  }

  function addToDigest(blob: Blob, bytes: Uint8Array): void {
    blob.hash.update(bytes);
    blob.hashed += bytes.length;
    if (blob.hashed === blob.size) blob.verdict = blob.hash.digest("hex") === blob.digest;
  }

  function read(blob: Blob, position: number, bytes: number): Buffer {
    if (scratch.length < bytes) scratch = Buffer.allocUnsafeSlow(bytes);
    for (let done = 0; done < bytes; ) {
      const more = readSync(blob.fd, scratch, done, bytes - done, position + done);
      if (more === 0) throw new Error("the file has become shorter");
      done += more;
    }
    return scratch.subarray(0, bytes);
  }

  /** One piece of a scan. False when there is none. */
  function scanOn(blob: Blob): boolean {
    const { scan } = blob;
    if (scan.job === 0) return false;
    while (scan.at < scan.which.length && scan.which[scan.at] === 0) scan.at++;
    if (scan.at === scan.which.length) {
      answer({ job: scan.job, right: scan.right });
      scan.job = 0;
      return true;
    }
    const piece = scan.at++;
    const bytes = read(blob, piece * blob.pieceLength, bytesOf(blob, piece));
    const isRight = hash("sha1", bytes, "buffer").equals(
      scan.hashes.subarray(piece * 20, piece * 20 + 20),
    );
    scan.right[piece] = isRight ? 1 : 0;
    blob.held[piece] = isRight ? 1 : 0;
    if (isRight && piece * blob.pieceLength === blob.hashed) addToDigest(blob, bytes);
    return true;
  }

  /** One part of the digest. False when it cannot go on. */
  function digestOn(blob: Blob): boolean {
    const piece = Math.floor(blob.hashed / blob.pieceLength);
    if (blob.verdict !== undefined || blob.held[piece] !== 1) return false;
    const end = piece * blob.pieceLength + bytesOf(blob, piece);
    addToDigest(blob, read(blob, blob.hashed, Math.min(READ_BYTES, end - blob.hashed)));
    return true;
  }

  function proveOn(blob: Blob): boolean {
    if (blob.prove === undefined || blob.verdict === undefined) return false;
    answer({ job: blob.prove, ok: blob.verdict });
    blob.prove = undefined;
    return true;
  }

  /** What can wait: a part at a time, so that pieces which have just come in are never kept waiting. */
  function workOn(): void {
    isScheduled = false;
    for (const blob of blobs.values()) {
      try {
        if (scanOn(blob) || digestOn(blob) || proveOn(blob)) schedule();
      } catch (error) {
        const job = blob.scan.job === 0 ? blob.prove : blob.scan.job;
        blob.scan.job = 0;
        blob.prove = undefined;
        restartDigest(blob);
        blob.held.fill(0);
        if (job !== undefined) fail(job, error);
      }
      Atomics.add(beat, 0, 1);
    }
  }

  function schedule(): void {
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(workOn);
  }

  function run(job: WorkerJob): void {
    if (job.do === "open") {
      open(job);
      return;
    }
    const blob = blobs.get(job.blob);
    if (job.do === "close") {
      blobs.delete(job.blob);
      answer({ job: job.job, ok: true });
      return;
    }
    if (blob === undefined) return;
    if (job.do === "check") check(job, blob);
    else if (job.do === "prove") blob.prove = job.job;
    else if (job.do === "scan") {
      restartDigest(blob);
      blob.held.fill(0);
      const { which, hashes } = job;
      blob.scan = { job: job.job, which, hashes, right: new Uint8Array(which.length), at: 0 };
    } else {
      for (const piece of job.pieces) blob.held[piece] = 0;
      if (job.pieces.some((piece) => piece * blob.pieceLength < blob.hashed)) restartDigest(blob);
    }
  }

  parentPort?.on("message", (job: WorkerJob) => {
    try {
      run(job);
    } catch (error) {
      fail("job" in job ? job.job : 0, error);
    }
    Atomics.add(beat, 0, 1);
    schedule();
  });
}
