/** First and last byte, both included. */
export type Part = { readonly start: number; readonly end: number };

/**
 * What a Range header asks of a blob of `size` bytes (RFC 9110, 14.2): one part; "none" where no byte of it exists; or
 * undefined for the whole, which is also the answer to several ranges and to what is no range at all.
 */
export function parseRange(header: string | undefined, size: number): Part | "none" | undefined {
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/i.exec(header?.trim() ?? "") ?? [];
  if (first === "" && last === "") return undefined;
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length === 0 ? "none" : { start: size - length, end: size - 1 };
  }
  const start = Number(first);
  if (last !== "" && Number(last) < start) return undefined;
  if (start >= size) return "none";
  return { start, end: last === "" ? size - 1 : Math.min(Number(last), size - 1) };
}
