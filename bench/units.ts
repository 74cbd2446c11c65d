/** `MB` and `MB/s` are decimal; `share` is a part of a whole, `ratio` of one measurement to another, `count` of things. */
export type Unit = "s" | "ms" | "MB" | "MB/s" | "ratio" | "share" | "count";

export const megabytes = (bytes: number): number => bytes / 1e6;

export function formatValue(value: number, unit: Unit): string {
  switch (unit) {
    case "s":
      return `${value.toFixed(2)} s`;
    case "ms":
      return `${value.toFixed(0)} ms`;
    case "MB":
      return `${value.toFixed(1)} MB`;
    case "MB/s":
      return `${value.toFixed(0)} MB/s`;
    case "ratio":
      return `${value.toFixed(2)} x`;
    case "count":
      return value.toFixed(0);
    case "share":
      return `${(value * 100).toFixed(2)} %`;
  }
}
