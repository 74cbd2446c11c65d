import { nearest } from "../runtime/index.ts";
import { quote } from "./value-kinds.ts";
import { UnclearScalar, type YamlValue } from "./yaml.ts";

/** Says what a value is, for someone who needed text. */
export const whyNotText = (value: YamlValue): string =>
  typeof value === "number" || typeof value === "boolean"
    ? `${value} is a ${typeof value} where text is needed: quote it`
    : nature(value, "text");

export const whyNotBoolean = (value: YamlValue): string =>
  typeof value === "string" || typeof value === "number"
    ? `${quote(String(value))} is neither true nor false`
    : nature(value, "true or false");

export const whyNotNumber = (value: YamlValue): string =>
  typeof value === "boolean"
    ? `${value} is a boolean where a number is needed`
    : nature(value, "a number");

function nature(value: YamlValue, needed: string): string {
  if (value instanceof UnclearScalar) return `${value.text.slice(0, 100)} is ${value.nature}`;
  return `a ${Array.isArray(value) ? "list" : "mapping"} where ${needed} is needed`;
}

export function unknownKey(key: string, known: readonly string[]): string {
  const meant = nearest(key, known);
  return meant === undefined ? "unknown key" : `unknown key: did you mean ${meant}?`;
}
