import { isRecord } from "../kube/kube-object.ts";

// Reads values of objects whose schema somebody else owns: what is not as expected is taken for absent.

export const recordAt = (value: unknown, field: string): Readonly<Record<string, unknown>> => {
  const found = isRecord(value) ? value[field] : undefined;
  return isRecord(found) ? found : {};
};

export const listAt = (value: unknown, field: string): readonly unknown[] => {
  const found = isRecord(value) ? value[field] : undefined;
  return Array.isArray(found) ? found : [];
};

export const textAt = (value: unknown, field: string): string => {
  const found = isRecord(value) ? value[field] : undefined;
  return typeof found === "string" ? found : "";
};

/** Milliseconds since 1970; undefined for what is no time. */
export function timeOf(text: string | undefined): number | undefined {
  const ms = text === undefined ? Number.NaN : Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}
