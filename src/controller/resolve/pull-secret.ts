import { type LoginEntry, type LoginFormat, loginEntries, OciError } from "../../oci/index.ts";
import { isRecord } from "../kube/kube-object.ts";

/** Types of secrets that hold logins, each with its key and the format of what stands there. */
const KINDS: Readonly<Record<string, { readonly key: string; readonly format: LoginFormat }>> = {
  "kubernetes.io/dockerconfigjson": { key: ".dockerconfigjson", format: "config.json" },
  "kubernetes.io/dockercfg": { key: ".dockercfg", format: ".dockercfg" },
};

/**
 * The logins in a Secret. `from` names it in sentences.
 * @throws OciError CONFIG_INVALID, which never quotes what stands there
 */
export function parsePullSecret(
  secret: Readonly<Record<string, unknown>>,
  from: string,
): readonly LoginEntry[] {
  const { type, data } = secret;
  const kind = typeof type === "string" && Object.hasOwn(KINDS, type) ? KINDS[type] : undefined;
  if (kind === undefined) {
    throw invalid(
      from,
      `its type is not ${Object.keys(KINDS).join(" or ")}: make it with kubectl create secret docker-registry`,
    );
  }
  const content = isRecord(data) ? data[kind.key] : undefined;
  if (typeof content !== "string") throw invalid(from, `it has no key ${kind.key}`);
  return loginEntries(Buffer.from(content, "base64").toString("utf8"), from, kind.format);
}

const invalid = (from: string, why: string): OciError =>
  new OciError("CONFIG_INVALID", `could not read logins from ${from}: ${why}`);
