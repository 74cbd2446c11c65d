import { CA_BUNDLE_CONFIG_MAP, CA_SECRET, FIELD_MANAGERS } from "../../api/index.ts";
import type { ApiClient, ObjectDraft } from "../kube/api-client.ts";
import { isApiError } from "../kube/api-error.ts";
import { isRecord, type KubeObject } from "../kube/kube-object.ts";
import type { AuthorityStore, StoredAuthorities } from "./authorities.ts";
import { IdentityError } from "./errors.ts";

const SECRETS = { group: "", version: "v1", plural: "secrets" };
const CONFIG_MAPS = { group: "", version: "v1", plural: "configmaps" };
/** What agents' pods mount it as. */
const BUNDLE_KEY = "ca.crt";
const LABELS = { "app.kubernetes.io/part-of": "oci-torrent" };

/** The authorities in a Secret of the controller's namespace. */
export function createKubeAuthorityStore(client: ApiClient, namespace: string): AuthorityStore {
  const place = { namespace, name: CA_SECRET };
  return {
    async read(signal) {
      const secret = await client.get(SECRETS, place, signal);
      return secret && { ...contentOf(secret), version: secret.metadata.resourceVersion };
    },
    create: (content, signal) =>
      unlessOthersWere(client.create(SECRETS, { namespace }, secretOf(content), signal)),
    replace: (content, version, signal) =>
      unlessOthersWere(client.replace(SECRETS, place, secretOf(content, version), signal)),
  };
}

/** 409 is the answer to whoever comes second, whether to make it or to change it. */
async function unlessOthersWere(written: Promise<KubeObject>): Promise<boolean> {
  try {
    await written;
    return true;
  } catch (error) {
    if (isApiError(error, 409)) return false;
    throw error;
  }
}

const encoded = (text: string) => Buffer.from(text).toString("base64");

const secretOf = ({ certificates, keys }: StoredAuthorities, version?: string): ObjectDraft => ({
  apiVersion: "v1",
  kind: "Secret",
  type: "oci-torrent.io/certificate-authority",
  metadata: {
    name: CA_SECRET,
    labels: LABELS,
    ...(version !== undefined && { resourceVersion: version }),
  },
  data: { "ca.crt": encoded(certificates), "ca.key": encoded(keys) },
});

function contentOf({ data }: KubeObject): StoredAuthorities {
  const [certificates, keys] = isRecord(data) ? [data["ca.crt"], data["ca.key"]] : [];
  if (typeof certificates !== "string" || typeof keys !== "string") {
    throw new IdentityError(
      "AUTHORITY_INVALID",
      `could not use the Secret ${CA_SECRET}: it lacks ca.crt or ca.key: delete it, and a new one is made`,
    );
  }
  const decoded = (text: string) => Buffer.from(text, "base64").toString();
  return { certificates: decoded(certificates), keys: decoded(keys) };
}

/** Puts what members trust where the agents' pods mount it from. */
export async function publishBundle(
  client: ApiClient,
  namespace: string,
  bundle: string,
  signal: AbortSignal,
): Promise<void> {
  const place = { namespace, name: CA_BUNDLE_CONFIG_MAP };
  const draft: ObjectDraft = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: CA_BUNDLE_CONFIG_MAP, labels: LABELS },
    data: { [BUNDLE_KEY]: bundle },
  };
  await client.apply(CONFIG_MAPS, place, draft, FIELD_MANAGERS.controller, signal);
}
