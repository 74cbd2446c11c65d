import { parseArgs } from "node:util";
import type { Address } from "../../api/index.ts";
import { type LogLevel, nearest } from "../../runtime/index.ts";
import {
  addressKind,
  logLevelKind,
  oneOfKind,
  pathKind,
  quote,
  ValueError,
  type ValueKind,
} from "../../settings/index.ts";

const CHOICES = ["auto", "Loopback", "Import", "StoreOnly"] as const;
export type LoadChoice = (typeof CHOICES)[number];

export type HelperConfig = {
  /** A unix socket: the helper has no port. */
  readonly listen: string;
  /** Of the container runtime. */
  readonly socket: string;
  readonly hostsDirectory: string;
  readonly load: LoadChoice;
  readonly logLevel: LogLevel;
};

/** What the user wants done. */
export type Request =
  | { readonly kind: "help" | "version" }
  | { readonly kind: "serve" | "clean"; readonly config: HelperConfig }
  /** Every mistake, a sentence each. */
  | { readonly kind: "usage"; readonly problems: readonly string[] };

/** Where containerd and its documentation have them. */
const USUAL_SOCKET = "/run/containerd/containerd.sock";
const USUAL_HOSTS = "/etc/containerd/certs.d";

export const HELP = `oci-torrent-runtime loads images that this node's agent has into the container runtime.

Usage: oci-torrent-runtime [flags]          serve the agent
       oci-torrent-runtime clean [flags]    take away pins, loopback names and hosts directories

Flags:
    --listen ADDRESS          Where the agent reaches it. (default unix:///run/oci-torrent/runtime.sock)
    --runtime-socket PATH     Socket of the container runtime. (default auto: ${USUAL_SOCKET})
    --hosts-dir PATH          Where it reads its registry hosts. (default auto: ${USUAL_HOSTS})
    --load METHOD             auto, Loopback, Import or StoreOnly. (default auto: what works)
    --log-level LEVEL         What to log: debug, info, warn or error. (default info)
-h, --help                    Show this text.
    --version                 Show the version.
`;

const FLAGS = ["listen", "runtime-socket", "hosts-dir", "load", "log-level"] as const;
type Flag = (typeof FLAGS)[number];

const OPTIONS = {
  ...Object.fromEntries(FLAGS.map((flag) => [flag, { type: "string" as const }])),
  help: { type: "boolean", short: "h" },
  version: { type: "boolean" },
} as const;

const socketKind: ValueKind<string> = {
  ...addressKind,
  parse(text) {
    const address: Address = addressKind.parse(text);
    if (address.kind === "unix") return address.path;
    throw new ValueError(`${quote(text)} is no unix socket: write unix:///PATH`);
  },
};
const pathOr = (usual: string): ValueKind<string> => ({
  ...pathKind,
  parse: (text) => (text === "auto" ? usual : pathKind.parse(text)),
});
const loadKind = oneOfKind("METHOD", "no way to load", CHOICES);

/** Understands the command line, and says everything that is wrong with it. */
export function parseCommandLine(argv: readonly string[]): Request {
  const { tokens } = parseArgs({
    ...{ args: [...argv], options: OPTIONS },
    ...{ strict: false, allowPositionals: true, tokens: true },
  });
  const problems: string[] = [];
  const words: string[] = [];
  const given = new Map<Flag, string>();
  for (const token of tokens) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    if (token.name === "help" || token.name === "version") return { kind: token.name };
    const flag = FLAGS.find((each) => each === token.name);
    if (flag === undefined) problems.push(unknownFlag(token.rawName));
    else if (token.value === undefined) problems.push(`--${flag}: no value`);
    else if (given.has(flag)) problems.push(`--${flag}: given more than once`);
    else given.set(flag, token.value);
  }
  const [command, ...others] = words;
  if (command !== undefined && command !== "clean") problems.push(`no command: ${quote(command)}`);
  for (const word of others) problems.push(`unexpected argument ${quote(word)}`);
  const read = <T>(flag: Flag, kind: ValueKind<T>, initial: string): T => {
    try {
      return kind.parse(given.get(flag) ?? initial);
    } catch (error) {
      if (!(error instanceof ValueError)) throw error;
      problems.push(`--${flag}: ${error.message}`);
      return kind.parse(initial);
    }
  };
  const config: HelperConfig = {
    listen: read("listen", socketKind, "unix:///run/oci-torrent/runtime.sock"),
    socket: read("runtime-socket", pathOr(USUAL_SOCKET), "auto"),
    hostsDirectory: read("hosts-dir", pathOr(USUAL_HOSTS), "auto"),
    load: read("load", loadKind, "auto"),
    logLevel: read("log-level", logLevelKind, "info"),
  };
  if (problems.length > 0) return { kind: "usage", problems };
  return { kind: command === "clean" ? "clean" : "serve", config };
}

function unknownFlag(spelling: string): string {
  const meant = nearest(
    spelling,
    Object.keys(OPTIONS).map((flag) => `--${flag}`),
  );
  return `unknown flag ${quote(spelling)}${meant === undefined ? "" : `: did you mean ${meant}?`}`;
}
