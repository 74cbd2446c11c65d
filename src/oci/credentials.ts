import { basicCredential, identityTokenCredential, type StoredCredential } from "./credential.ts";
import { OciError } from "./errors.ts";
import { isObject, type JsonObject, type JsonValue, own, parseJson } from "./json.ts";
import { quoted } from "./quoted.ts";

/** Docker config files are small; a bigger one is something else. */
const LARGEST_CONFIG_BYTES = 1024 * 1024;
const DOCKER_HUB = "docker.io";
const DOCKER_HUB_NAMES: ReadonlySet<string> = new Set([
  "docker.io",
  "index.docker.io",
  "registry-1.docker.io",
]);

/** What a file says of one place. `login` throws CONFIG_INVALID, which never quotes the file. */
export type LoginEntry = {
  /** As it stands there: a host, a URL as docker writes it, or `host/path`. */
  readonly key: string;
  /** Undefined where the entry has no login. */
  login(): StoredCredential | undefined;
};

/** How a file of logins is laid out: entries below `auths` among other things, or nothing but entries. */
export type LoginFormat = "config.json" | ".dockercfg";

/**
 * All entries, in the order of the file. `from` names it in sentences. Throws CONFIG_INVALID, which never quotes the
 * file.
 */
export function loginEntries(
  text: string,
  from: string,
  format: LoginFormat,
): readonly LoginEntry[] {
  return entriesIn(parseConfig(text, from), from, format);
}

/**
 * The login for a registry host in a docker config.json (`auths`), or undefined when it has none. A key may be a
 * host, a URL as docker writes it, or `host/path` for the repositories below; the longest that fits wins.
 * `from` names the file in sentences. Throws CONFIG_INVALID, which never quotes the file.
 */
export function findCredential(
  text: string,
  from: string,
  registryHost: string,
  repository = "",
): StoredCredential | undefined {
  const config = parseConfig(text, from);
  const wanted = `${registryHost}/${repository}`;
  const fitting = entriesIn(config, from, "config.json")
    .map((entry) => ({ ...entry, place: placeOf(entry.key) }))
    .filter(({ place }) => wanted === place || wanted.startsWith(`${place}/`));
  const longest = Math.max(...fitting.map(({ place }) => place.length));
  const logins = fitting
    .filter(({ place }) => place.length === longest)
    .map(({ key, login }) => ({ key, login: login() }));
  const [first, ...others] = logins.filter(({ login }) => login !== undefined);
  if (first?.login === undefined) return refuseHelper(config, from, registryHost);
  for (const other of others) {
    if (other.login !== undefined && secretOf(other.login) !== secretOf(first.login)) {
      throw invalid(
        from,
        `${quoted(first.key)} and ${quoted(other.key)} are one registry with different logins: keep one`,
      );
    }
  }
  return first.login;
}

function entriesIn(config: JsonObject, from: string, format: LoginFormat): readonly LoginEntry[] {
  const entries = format === ".dockercfg" ? config : (own(config, "auths") ?? {});
  if (!isObject(entries)) throw invalid(from, "auths is not an object");
  return Object.entries(entries).map(([key, entry]) => ({
    key,
    login: () => loginOf(entry, key, from),
  }));
}

function parseConfig(text: string, from: string): JsonObject {
  // The cause is dropped: JSON.parse quotes what it could not read, and that may be a password.
  const value = parseJson(Buffer.from(text), (why) => invalid(from, why), LARGEST_CONFIG_BYTES);
  if (!isObject(value)) throw invalid(from, "it is not a JSON object");
  return value;
}

/** `host[:port][/path]` out of a key such as `https://index.docker.io/v1/`. */
function placeOf(key: string): string {
  const place = key.replace(/^https?:\/\//, "").replace(/\/+(?:v[12]\/*)?$/, "");
  const slash = place.indexOf("/");
  const host = (slash === -1 ? place : place.slice(0, slash)).toLowerCase();
  const path = slash === -1 ? "" : place.slice(slash);
  return `${DOCKER_HUB_NAMES.has(host) ? DOCKER_HUB : host}${path}`;
}

function loginOf(entry: JsonValue, key: string, from: string): StoredCredential | undefined {
  if (!isObject(entry)) throw invalid(from, `the entry of ${quoted(key)} is not an object`);
  const field = (name: string): string => {
    const value = own(entry, name) ?? "";
    if (typeof value === "string") return value;
    throw invalid(from, `${name} of ${quoted(key)} is not a string`);
  };
  const token = field("identitytoken");
  if (token !== "") return identityTokenCredential(token);
  const [username, password] = [field("username"), field("password")];
  if (username !== "" && password !== "") return login(username, password);
  const auth = field("auth");
  if (auth === "") return undefined;
  const decoded = decodeBase64(auth);
  const colon = decoded?.indexOf(":") ?? -1;
  if (decoded === undefined || colon < 1) {
    throw invalid(from, `auth of ${quoted(key)} is not base64 of USER:PASSWORD`);
  }
  return login(decoded.slice(0, colon), decoded.slice(colon + 1));
}

/** Credential helpers mark an identity token by this user name. */
const login = (username: string, password: string): StoredCredential =>
  username === "<token>" ? identityTokenCredential(password) : basicCredential(username, password);

function decodeBase64(text: string): string | undefined {
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(text)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(text, "base64"));
  } catch {
    return undefined;
  }
}

/** A helper is a program of the user's session: a daemon that ran it would run whatever the file names. */
function refuseHelper(config: JsonObject, from: string, host: string): undefined {
  const helpers = own(config, "credHelpers");
  const named = isObject(helpers) && Object.keys(helpers).some((key) => placeOf(key) === host);
  if (!named && typeof own(config, "credsStore") !== "string") return undefined;
  throw invalid(
    from,
    `the login of ${host} is kept by a credential helper, which is not run here: pass --username and --password-stdin`,
  );
}

const secretOf = (credential: StoredCredential): string =>
  credential.kind === "basic"
    ? JSON.stringify([credential.username, credential.password])
    : credential.token;

const invalid = (from: string, why: string): OciError =>
  new OciError("CONFIG_INVALID", `could not read logins from ${from}: ${why}`);
