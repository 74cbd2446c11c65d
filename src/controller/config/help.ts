import { environmentName, type Setting, settingNames, settingOf } from "./settings.ts";

const START = [
  "oci-torrent-controller has a cluster's nodes bring images to each other.",
  "",
  "Usage: oci-torrent-controller [flags]",
  "",
  "Flags:",
];
const WIDTH = 96;

/** The text of `--help`. */
export function helpText(): string {
  const rows = [
    ...settingNames.map(settingOf).map((one) => [spelling(one), description(one)] as const),
    ["-h, --help", "Show this text."] as const,
    ["    --version", "Show the version."] as const,
  ];
  const column = Math.max(...rows.map(([flag]) => flag.length)) + 4;
  const flags = rows.flatMap(([flag, text]) =>
    wrap(text, WIDTH - column).map(
      (line, index) => `${index === 0 ? `  ${flag}`.padEnd(column) : " ".repeat(column)}${line}`,
    ),
  );
  return [...START, ...flags, "", ...END, ""].join("\n");
}

const END = [
  `Flags win over the environment (${environmentName({ flag: "trust-domain" })} for --trust-domain), the environment`,
  "over the file. Its key registries says which servers are asked for a registry, as for oci-torrentd.",
];

const spelling = ({ flag, kind }: Setting<unknown>): string =>
  `    --${flag}${kind.yaml === "boolean" ? "" : ` ${kind.form}`}`;

function description({ help, isList, initial, kind }: Setting<unknown>): string {
  const notes = [
    ...(isList ? ["repeatable"] : []),
    ...(initial === undefined || kind.yaml === "boolean" ? [] : [`default ${initial}`]),
  ];
  return notes.length === 0 ? help : `${help} (${notes.join("; ")})`;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines;
}
