import type { LoginEntry } from "../../oci/index.ts";

type Place = { readonly host: string; readonly port: string; readonly path: string };

const DOCKER_HUB = "docker.io";
const DOCKER_HUB_NAMES: ReadonlySet<string> = new Set(["index.docker.io", "registry-1.docker.io"]);

/**
 * The entries for a repository, in the order in which a kubelet tries them: the more specific key first, and of equal
 * keys the one that was named first. Labels of a host may have `*` and `?` in them, ports must be the same, and a path
 * is the beginning of the repository's (Kubernetes, "Interpretation of config.json").
 * @param host as a reference names it: in lower case, with its port if any
 */
export function matchingLogins<Entry extends Pick<LoginEntry, "key">>(
  entries: readonly Entry[],
  host: string,
  repository: string,
): readonly Entry[] {
  const wanted = placeOf(`${host}/${repository}`);
  return entries
    .map((entry) => ({ entry, place: placeOf(entry.key) }))
    .filter(({ place }) => covers(place, wanted))
    .sort((a, b) => compare(textOf(b.place), textOf(a.place)))
    .map(({ entry }) => entry);
}

function placeOf(key: string): Place {
  const text = key.replace(/^https?:\/\//i, "");
  const slash = text.indexOf("/");
  const [named = "", port = ""] = (slash === -1 ? text : text.slice(0, slash))
    .toLowerCase()
    .split(":", 2);
  // Docker puts the version of its API there.
  const path = slash === -1 ? "" : text.slice(slash).replace(/^\/v[12](?=\/|$)/, "");
  const host = DOCKER_HUB_NAMES.has(named) ? DOCKER_HUB : named;
  return { host, port, path: path === "/" ? "" : path };
}

const textOf = ({ host, port, path }: Place): string =>
  `${host}${port === "" ? "" : `:${port}`}${path}`;

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function covers(place: Place, wanted: Place): boolean {
  const [patterns, labels] = [place.host.split("."), wanted.host.split(".")];
  return (
    place.port === wanted.port &&
    wanted.path.startsWith(place.path) &&
    patterns.length === labels.length &&
    patterns.every((pattern, index) => globMatches(pattern, labels[index] ?? ""))
  );
}

/** `*` is any number of characters, `?` is one. Takes no longer than both lengths multiplied, whatever the pattern. */
export function globMatches(pattern: string, text: string): boolean {
  let [at, from] = [0, 0];
  let star = -1;
  let starFrom = 0;
  while (from < text.length) {
    if (pattern[at] === "*") {
      star = at;
      starFrom = from;
      at += 1;
    } else if (pattern[at] === "?" || pattern[at] === text[from]) {
      at += 1;
      from += 1;
    } else if (star >= 0) {
      // The last star takes one character more.
      starFrom += 1;
      at = star + 1;
      from = starFrom;
    } else return false;
  }
  while (pattern[at] === "*") at += 1;
  return at === pattern.length;
}
