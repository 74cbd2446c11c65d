import { isLoopback } from "../../api/index.ts";
import type { Merged } from "./merge.ts";
import type { SettingName } from "./settings.ts";
import { settingOf } from "./settings.ts";

/** Something that must hold between settings. */
export type Rule = {
  /** A rule about a setting whose text does not parse would only add a second complaint. */
  readonly about: readonly SettingName[];
  /** What it misses may be in a flag or a key that was not understood. */
  readonly missesSomething?: true;
  /** One sentence, or undefined when it holds. */
  readonly problem: (merged: Merged) => string | undefined;
};

/** `understood` says whether every flag and key was. */
export const problemsWith = (
  rules: readonly Rule[],
  merged: Merged,
  understood: boolean,
): string[] =>
  rules
    .filter(({ missesSomething }) => understood || !missesSomething)
    .filter(({ about }) => !about.some((name) => merged.broken.has(name)))
    .flatMap(({ problem }) => problem(merged) ?? []);

const named = ({ where }: Merged, name: SettingName): string =>
  where(name) ?? `--${settingOf(name).flag}`;

const exclude = (one: SettingName, other: SettingName, reason: string): Rule => ({
  about: [one, other],
  problem: (merged) => {
    const has = (name: SettingName) => {
      const value = merged.values[name];
      return Array.isArray(value) ? value.length > 0 : value === true;
    };
    return has(one) && has(other)
      ? `${named(merged, one)} and ${named(merged, other)} exclude each other: ${reason}`
      : undefined;
  },
});

const logLevelsAgree: Rule = {
  about: ["debug", "logLevel"],
  problem(merged) {
    const { values, rank } = merged;
    const contradict =
      values.debug && values.logLevel !== "debug" && rank("debug") === rank("logLevel");
    return contradict
      ? `${named(merged, "debug")} and ${named(merged, "logLevel")} contradict each other: keep one of them`
      : undefined;
  },
};

const tlsIsWhole: Rule = {
  about: ["tlsCert", "tlsKey", "tlsClientCa"],
  missesSomething: true,
  problem(merged) {
    const names = ["tlsCert", "tlsKey", "tlsClientCa"] as const;
    const missing = names.filter((name) => merged.values[name] === undefined);
    if (missing.length === 0 || missing.length === names.length) return undefined;
    const flags = missing.map((name) => `--${settingOf(name).flag}`).join(" and ");
    return `TLS needs a certificate, its key and the authority of callers: ${flags} missing`;
  },
};

const hasRole: Rule = {
  about: ["btSeeder", "seederAddresses", "disableBt"],
  missesSomething: true,
  problem: ({ values: { btSeeder, seederAddresses, disableBt } }) =>
    btSeeder || disableBt || seederAddresses.length > 0
      ? undefined
      : "nothing says where images come from: give --seeder-addr ADDRESS to take them from a seeder, " +
        "--bt-seeder to be one, or --disable-bt to pull from registries alone",
};

const listensSomewhere: Rule = {
  about: ["listen"],
  missesSomething: true,
  problem: ({ values }) =>
    values.listen.length > 0
      ? undefined
      : "no place for the socket, because XDG_RUNTIME_DIR is not set: give --listen unix:///PATH",
};

const SHORTEST_FALLBACK_MS = 1_000;

const fallsBackFromSeeders: Rule = {
  about: ["fallback", "fallbackAfterMs", "btSeeder", "disableBt", "engine"],
  problem(merged) {
    const { fallback, fallbackAfterMs, btSeeder, disableBt, engine } = merged.values;
    if (fallbackAfterMs < SHORTEST_FALLBACK_MS)
      return `${named(merged, "fallbackAfterMs")} is less than a second: write 1s or more`;
    if (fallback === "never") return undefined;
    if (btSeeder || disableBt)
      return `${named(merged, "fallback")} is for leechers: this daemon takes images from registries anyway`;
    return engine === "webtorrent"
      ? `${named(merged, "fallback")} needs the engine lean: webtorrent cannot go on from a registry`
      : undefined;
  },
};

/** What must hold in a file alone: the rest may come from flags. */
export const fileRules: readonly Rule[] = [
  logLevelsAgree,
  exclude(
    "btSeeder",
    "seederAddresses",
    "a seeder takes images from registries, a leecher from seeders",
  ),
  exclude("fetchOnRequest", "seederAddresses", "only a seeder fetches what leechers ask for"),
  exclude("fetchOnRequest", "disableBt", "without BitTorrent no leecher asks"),
  exclude("disableBt", "btSeeder", "there is no seeding without BitTorrent"),
  exclude("disableBt", "seederAddresses", "without BitTorrent images come from registries alone"),
  fallsBackFromSeeders,
];

export const daemonRules: readonly Rule[] = [...fileRules, hasRole, tlsIsWhole, listensSomewhere];

const knowsItsPlace: Rule = {
  about: ["nodeName", "podUid", "nodeAddresses", "controllers"],
  missesSomething: true,
  problem(merged) {
    const { nodeName, podUid, nodeAddresses, controllers } = merged.values;
    const lacking = [
      ...(nodeName === undefined ? ["nodeName" as const] : []),
      ...(podUid === undefined ? ["podUid" as const] : []),
      ...(nodeAddresses.length === 0 ? ["nodeAddresses" as const] : []),
      ...(controllers.length === 0 ? ["controllers" as const] : []),
    ];
    if (lacking.length > 0) {
      const flags = lacking.map((name) => `--${settingOf(name).flag}`).join(", ");
      return `an agent must be told who and where it is: ${flags} missing`;
    }
    return nodeAddresses.length > MOST_ADDRESSES
      ? `${named(merged, "nodeAddresses")}: ${nodeAddresses.length} addresses, and at most ${MOST_ADDRESSES} are allowed`
      : undefined;
  },
};
const MOST_ADDRESSES = 4;

/** Whoever else can reach it could at least ask for a password. */
const mirrorsOnLoopback: Rule = {
  about: ["mirrorListen"],
  problem: (merged) =>
    isLoopback(merged.values.mirrorListen.host)
      ? undefined
      : `${named(merged, "mirrorListen")} is not on loopback: the mirror is for this node's container runtime alone`,
};

export const agentRules: readonly Rule[] = [
  logLevelsAgree,
  knowsItsPlace,
  listensSomewhere,
  mirrorsOnLoopback,
];

export const trackerRules: readonly Rule[] = [
  logLevelsAgree,
  {
    about: ["listen"],
    problem: ({ values, where }) =>
      where("listen") === undefined ||
      (values.listen.length === 1 && values.listen[0]?.kind === "tcp")
        ? undefined
        : "--listen: a tracker listens on one tcp address: write tcp://HOST:PORT",
  },
];
