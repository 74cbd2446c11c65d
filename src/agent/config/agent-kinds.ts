import { oneOfKind, quote, ValueError, type ValueKind } from "../../settings/index.ts";

const ENGINES = ["lean", "webtorrent"] as const;
export type Engine = (typeof ENGINES)[number];

export const engineKind = oneOfKind("ENGINE", "not an engine", ENGINES);

export const fallbackKind = oneOfKind("WHERE", "no fallback", ["never", "registry"]);

export const nodeNameKind: ValueKind<string> = {
  form: "NAME",
  yaml: "text",
  parse(text) {
    if (/^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/.test(text)) return text;
    throw new ValueError(`${quote(text)} is not the name of a node`);
  },
};

export const userIdKind: ValueKind<number> = {
  form: "UID",
  yaml: "number",
  parse(text) {
    // The largest number is the kernel's word for "leave it as it is".
    if (/^\d{1,10}$/.test(text) && Number(text) < 2 ** 32 - 1) return Number(text);
    throw new ValueError(`${quote(text)} is not a user id: write a number such as 65532`);
  },
};

/** The syntax of a Kubernetes label's value, since zones are taken from labels. */
export const zoneKind: ValueKind<string> = {
  form: "ZONE",
  yaml: "text",
  parse(text) {
    if (/^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(text)) return text;
    throw new ValueError(
      `${quote(text)} is not the name of a zone: write letters, digits, "-", "_" or ".", at most 63`,
    );
  },
};
