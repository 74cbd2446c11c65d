const NEWLINE = 0x0a;

export class LineTooLong extends Error {
  override readonly name = "LineTooLong";
}

/** Cuts a stream of bytes into its lines, in whatever chunks it comes. A line is bounded; an unended one is kept for later. */
export class LineSplitter {
  readonly #maxBytes: number;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** @throws LineTooLong */
  push(chunk: Uint8Array): string[] {
    const lines: string[] = [];
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      this.#keep(chunk.subarray(from, end));
      const line = this.#take();
      if (line !== "") lines.push(line);
      from = end + 1;
    }
    this.#keep(chunk.subarray(from));
    return lines;
  }

  #keep(bytes: Uint8Array): void {
    this.#pendingBytes += bytes.length;
    if (this.#pendingBytes > this.#maxBytes) {
      throw new LineTooLong(`a line of the watch is longer than ${this.#maxBytes} bytes`);
    }
    if (bytes.length > 0) this.#pending.push(bytes);
  }

  #take(): string {
    const line = Buffer.concat(this.#pending).toString("utf8").trimEnd();
    this.#pending = [];
    this.#pendingBytes = 0;
    return line;
  }
}
