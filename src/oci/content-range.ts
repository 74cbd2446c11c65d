/** Content-Range of a 206 (RFC 9110 14.4): first and last byte, both inclusive; `total` undefined for `*`. */
export type ContentRange = {
  readonly start: number;
  readonly end: number;
  readonly total: number | undefined;
};

export function parseContentRange(header: string | undefined): ContentRange | undefined {
  const found = /^bytes[ ]+(\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)$/i.exec(header?.trim() ?? "");
  if (found === null) return undefined;
  const [, start, end, total] = found;
  return {
    start: Number(start),
    end: Number(end),
    total: total === "*" ? undefined : Number(total),
  };
}
