import type { DaemonDirectories } from "../../runtime/index.ts";
import {
  type Command,
  environmentName,
  type SettingName,
  settingNames,
  settingOf,
} from "./settings.ts";

const USAGE: Readonly<Record<Command, readonly string[]>> = {
  daemon: [
    "oci-torrentd brings container images to many machines with BitTorrent.",
    "",
    "Usage:",
    "  oci-torrentd [flags]               run the daemon",
    "  oci-torrentd agent [flags]         run a Kubernetes node's agent, which a controller leads",
    "  oci-torrentd tracker [flags]       run a tracker alone",
    "  oci-torrentd init-data [flags]     make a directory that a daemon of another user can use",
    "  oci-torrentd config default        print a configuration file with every default",
    "  oci-torrentd config check [FILE]   name every mistake in a configuration file",
  ],
  agent: [
    "Usage: oci-torrentd agent [flags]",
    "",
    "Runs a Kubernetes node's agent: it brings the images that the controller assigns to the node.",
  ],
  tracker: ["Usage: oci-torrentd tracker [flags]", "", "Runs a BitTorrent tracker alone."],
  "init-data": [
    "Usage: oci-torrentd init-data --root-dir PATH --owner UID",
    "",
    "Makes the directory where it is absent, and gives it to a user: for a container that is root before the one that is not.",
  ],
  config: [
    "Usage:",
    "  oci-torrentd config default        print a configuration file with every default",
    "  oci-torrentd config check [FILE]   name every mistake in a configuration file",
  ],
};

const WIDTH = 96;

/** The text of `--help`. */
export function helpText(command: Command, directories: DaemonDirectories): string {
  const rows = [
    ...settingNames
      .filter((name) => settingOf(name).commands.includes(command))
      .map((name) => [spelling(settingOf(name)), description(name, command, directories)] as const),
    ["-h, --help", "Show this text."] as const,
    ["    --version", "Show the version."] as const,
  ];
  const column = Math.max(...rows.map(([flag]) => flag.length)) + 4;
  const flags = rows.flatMap(([flag, text]) =>
    wrap(text, WIDTH - column).map(
      (line, index) => `${index === 0 ? `  ${flag}`.padEnd(column) : " ".repeat(column)}${line}`,
    ),
  );
  return [...USAGE[command], "", "Flags:", ...flags, "", ...ending(directories), ""].join("\n");
}

const ending = ({ configFile }: DaemonDirectories): string[] => [
  `Flags win over the environment (${environmentName({ flag: "root-dir" })} for --root-dir; lists are separated by commas),`,
  `the environment over the file (--config, else ${configFile}).`,
];

function spelling({ flag, alias, short, kind }: ReturnType<typeof settingOf>): string {
  const also = alias === undefined ? "" : `, --${alias}`;
  const form = kind.yaml === "boolean" ? "" : ` ${kind.form}`;
  return `${short === undefined ? "    " : `-${short}, `}--${flag}${also}${form}`;
}

function description(name: SettingName, command: Command, directories: DaemonDirectories): string {
  if (command === "tracker" && name === "listen") {
    const [initial] = settingOf("trackerListen").initial(directories);
    return `Where the tracker listens: tcp://HOST:PORT. (default tcp://${initial})`;
  }
  const { help, repeatable, initial } = settingOf(name);
  const texts = command === "tracker" && name === "metricsListen" ? ["off"] : initial(directories);
  const notes = [
    ...(repeatable ? ["repeatable"] : []),
    ...(texts.length > 0 && texts[0] !== "false" ? [`default ${texts.join(", ")}`] : []),
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
