import { parseArgs } from "node:util";
import { rateKind } from "../src/agent/index.ts";
import { formatReference, parseSource } from "../src/oci/index.ts";
import { registryHostKind } from "../src/settings/index.ts";

export type DemoOptions = {
  /** References as the daemons normalise them; none for images that the demo builds and serves by itself. */
  readonly images: readonly string[];
  readonly leechers: number;
  /** Most bytes per second that a leecher takes, and gives; 0 for no limit. */
  readonly rate: number;
  readonly insecureRegistries: readonly string[];
  readonly keep: boolean;
};

export type Request =
  | { readonly kind: "run"; readonly options: DemoOptions }
  | { readonly kind: "help" }
  | { readonly kind: "usage"; readonly problem: string };

export const HELP = `Distributes images from a registry to one seeder, and from there to leechers, on this machine.

  npm run demo                                     builds two images and serves them from a registry of its own
  npm run demo -- docker://registry.example/app:1  takes images from a real registry, in this order

  --leechers N               how many leechers (default 3, at most 16)
  --rate RATE                most bytes per second that a leecher takes, and gives (default 12MB/s; 0 for no limit)
  --insecure-registry HOST   ask this registry by plain http, or without checking its certificate
  --keep                     keep the directory with all that the daemons stored
  --help                     this text

It needs room for every image on every node in the temporary directory: about 750 MB without arguments.
`;

const FLAGS = {
  leechers: { type: "string", default: "3" },
  rate: { type: "string", default: "12MB/s" },
  "insecure-registry": { type: "string", multiple: true },
  keep: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
} as const;
const MOST_LEECHERS = 16;

/** Reads what stands behind `npm run demo --`. A problem is one sentence. */
export function parseArguments(argv: readonly string[]): Request {
  try {
    const { values, positionals } = scan(argv);
    if (values.help) return { kind: "help" };
    return {
      kind: "run",
      options: {
        images: positionals.map(imageOf),
        leechers: leechersOf(values.leechers),
        rate: explained("--rate", () => rateKind.parse(values.rate)),
        insecureRegistries: (values["insecure-registry"] ?? []).map((host) =>
          explained("--insecure-registry", () => registryHostKind.parse(host)),
        ),
        keep: values.keep,
      },
    };
  } catch (error) {
    return { kind: "usage", problem: (error as Error).message };
  }
}

function scan(argv: readonly string[]) {
  const scanned = parseArgs({
    args: [...argv],
    options: FLAGS,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  for (const token of scanned.tokens ?? []) {
    if (token.kind !== "option") continue;
    const flag = Object.hasOwn(FLAGS, token.name) && FLAGS[token.name as keyof typeof FLAGS];
    if (!flag) throw new Error(`there is no flag ${token.rawName}`);
    const hasValue = token.value !== undefined && !/^-./.test(token.value);
    if (flag.type === "string" && !hasValue) throw new Error(`${token.rawName} needs a value`);
    if (flag.type === "boolean" && hasValue) throw new Error(`${token.rawName} takes no value`);
  }
  return scanned as unknown as { values: Values; positionals: string[] };
}

type Values = {
  readonly leechers: string;
  readonly rate: string;
  readonly "insecure-registry"?: readonly string[];
  readonly keep: boolean;
  readonly help: boolean;
};

function imageOf(text: string): string {
  const source = parseSource(text);
  if (source.kind === "docker") return formatReference(source.reference);
  throw new Error(
    `${JSON.stringify(text)} is no image in a registry: write docker://HOST/NAME:TAG`,
  );
}

function leechersOf(text: string): number {
  const count = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (count >= 1 && count <= MOST_LEECHERS) return count;
  throw new Error(`--leechers: ${JSON.stringify(text)} is not a number from 1 to ${MOST_LEECHERS}`);
}

function explained<T>(flag: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new Error(`${flag}: ${(error as Error).message}`);
  }
}
