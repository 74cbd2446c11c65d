import { type LoginEntry, OciError, quoted, type StoredCredential } from "../../oci/index.ts";
import type { ApiClient } from "../kube/api-client.ts";
import { isApiError } from "../kube/api-error.ts";
import { isRecord, type KubeObject } from "../kube/kube-object.ts";
import type { Resource } from "../kube/resource.ts";
import { matchingLogins } from "./matching-logins.ts";
import { parsePullSecret } from "./pull-secret.ts";

/** Gets one object by its name. */
export type ObjectGetter = Pick<ApiClient, "get">;

/** Where the logins of a distribution stand, all in its own namespace. */
export type LoginSources = {
  readonly namespace: string;
  readonly imagePullSecrets: readonly string[];
  readonly serviceAccountName: string | undefined;
};

export type Login = {
  readonly credential: StoredCredential;
  /** Names the secret in sentences. */
  readonly from: string;
};

/** Why a secret gives no login. The sentence can follow "and". */
export type LoginProblem = {
  readonly kind: "forbidden" | "notFound" | "unusable";
  readonly sentence: string;
};

export type PullLogins = {
  readonly logins: readonly Login[];
  readonly problems: readonly LoginProblem[];
};

const SECRETS: Resource = { group: "", version: "v1", plural: "secrets" };
const SERVICE_ACCOUNTS: Resource = { group: "", version: "v1", plural: "serviceaccounts" };
const NAME = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;
/** More are not read: a service account may name any number. */
const MOST_SECRETS = 16;
const MOST_LOGINS = 8;

/**
 * The logins for a repository, in the order in which to try them: those of imagePullSecrets, then those of the service
 * account; among each as a kubelet does.
 * @throws where the API server does not answer
 */
export async function readPullLogins(
  objects: ObjectGetter,
  sources: LoginSources,
  place: { readonly host: string; readonly repository: string },
  signal: AbortSignal,
): Promise<PullLogins> {
  const reader = new SecretReader(objects, sources.namespace, signal);
  const own = await reader.entriesOf(sources.imagePullSecrets);
  const theirs = await reader.entriesOf(await reader.secretsOf(sources.serviceAccountName));
  const fitting = [own, theirs].flatMap((entries) =>
    matchingLogins(entries, place.host, place.repository),
  );
  const logins = fitting.flatMap((entry) => reader.loginOf(entry));
  return { logins: distinct(logins).slice(0, MOST_LOGINS), problems: reader.problems };
}

type NamedEntry = LoginEntry & { readonly from: string };

/** Reads secrets of one namespace, each once, and remembers what was wrong with them. */
class SecretReader {
  readonly #objects: ObjectGetter;
  readonly #namespace: string;
  readonly #signal: AbortSignal;
  readonly #read = new Set<string>();
  readonly #problems = new Map<string, LoginProblem>();

  constructor(objects: ObjectGetter, namespace: string, signal: AbortSignal) {
    this.#objects = objects;
    this.#namespace = namespace;
    this.#signal = signal;
  }

  get problems(): readonly LoginProblem[] {
    return [...this.#problems.values()];
  }

  async entriesOf(names: readonly string[]): Promise<readonly NamedEntry[]> {
    const entries: NamedEntry[] = [];
    for (const name of names) {
      if (this.#read.has(name) || this.#read.size === MOST_SECRETS) continue;
      this.#read.add(name);
      const from = `secret ${quoted(name)}`;
      const secret = await this.#get(SECRETS, name, from);
      const found = secret === undefined ? [] : this.#usable(() => parsePullSecret(secret, from));
      entries.push(...found.map((entry) => ({ ...entry, from })));
    }
    return entries;
  }

  async secretsOf(serviceAccount: string | undefined): Promise<readonly string[]> {
    if (serviceAccount === undefined) return [];
    const what = `service account ${quoted(serviceAccount)}`;
    const account = await this.#get(SERVICE_ACCOUNTS, serviceAccount, what);
    const named = account?.["imagePullSecrets"];
    return (Array.isArray(named) ? named : []).flatMap((one: unknown) =>
      isRecord(one) && typeof one["name"] === "string" ? [one["name"]] : [],
    );
  }

  loginOf(entry: NamedEntry): readonly Login[] {
    const { from } = entry;
    return this.#usable(() => {
      const credential = entry.login();
      return credential === undefined ? [] : [{ credential, from }];
    });
  }

  async #get(resource: Resource, name: string, what: string): Promise<KubeObject | undefined> {
    const namespace = this.#namespace;
    const absent = `there is no ${what} in namespace ${namespace}`;
    // A name such as ".." would lead elsewhere.
    if (!NAME.test(name)) return this.#lacks("notFound", absent);
    try {
      const object = await this.#objects.get(resource, { namespace, name }, this.#signal);
      return object ?? this.#lacks("notFound", absent);
    } catch (error) {
      if (!isApiError(error, 403)) throw error;
      return this.#lacks(
        "forbidden",
        `the controller may not read secrets of namespace ${namespace}: bind the cluster role oci-torrent-pull-secrets to its service account there`,
      );
    }
  }

  #usable<T>(read: () => readonly T[]): readonly T[] {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof OciError)) throw error;
      this.#lacks("unusable", error.message);
      return [];
    }
  }

  #lacks(kind: LoginProblem["kind"], sentence: string): undefined {
    this.#problems.set(sentence, { kind, sentence });
  }
}

/** The same login twice would be refused twice. */
const distinct = (logins: readonly Login[]): readonly Login[] =>
  [...new Map(logins.toReversed().map((login) => [secretOf(login), login])).values()].toReversed();

const secretOf = ({ credential }: Login): string =>
  credential.kind === "basic"
    ? JSON.stringify([credential.username, credential.password])
    : credential.token;
