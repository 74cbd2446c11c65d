import { quote, ValueError, type ValueKind } from "../../settings/index.ts";
import { parseQuantity } from "../gather/parse-spec.ts";

export const namespaceKind: ValueKind<string> = {
  form: "NAME",
  yaml: "text",
  parse(text) {
    if (/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(text)) return text;
    throw new ValueError(`${quote(text)} is not the name of a namespace`);
  },
};

/** SPIFFE-ID, section 2.1. */
export const trustDomainKind: ValueKind<string> = {
  form: "DOMAIN",
  yaml: "text",
  parse(text) {
    if (/^[a-z0-9._-]{1,255}$/.test(text)) return text;
    throw new ValueError(`${quote(text)} is not a trust domain: write for example cluster.local`);
  },
};

/** As Kubernetes writes them. */
export const bytesKind: ValueKind<number> = {
  form: "BYTES",
  yaml: "number",
  parse(text) {
    const bytes = parseQuantity(text);
    if (bytes !== undefined && bytes >= 1 && bytes <= Number.MAX_SAFE_INTEGER) return bytes;
    throw new ValueError(`${quote(text)} is no number of bytes: write for example 100Gi`);
  },
};
