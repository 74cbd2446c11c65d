import { type Command, CommanderError } from "commander";
import { declareCommands } from "./declare.ts";
import { CtrError } from "./errors.ts";
import { globalFlags } from "./flags.ts";
import type { Invocation, Parsed } from "./invocation.ts";
import { usageSentence } from "./usage-sentence.ts";

export type ProgramOptions = {
  readonly version: string;
  /** Of the terminal that a help text is for. */
  readonly columns: number;
};

/** Reads the arguments behind the program's name. @throws CtrError USAGE */
export function parseArguments(argv: readonly string[], options: ProgramOptions): Parsed {
  let invocation: Invocation | undefined;
  let printed = "";
  const program = declareCommands({
    columns: options.columns,
    write: (text) => {
      printed += text;
    },
    take: (taken) => {
      invocation = taken;
    },
  });
  if (wantsHelp(argv)) {
    commandIn(argv, program).outputHelp();
    return { do: "print", text: printed };
  }
  if (asksVersion(argv)) return { do: "print", text: `oci-torrent-ctr ${options.version}\n` };
  if (argv.length === 0) throw noCommand();
  try {
    program.parse(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === "commander.help") throw noCommand();
    throw new CtrError("USAGE", usageSentence(error.message, commandIn(argv, program), program), {
      cause: error,
    });
  }
  if (invocation === undefined) return { do: "print", text: printed };
  return { do: "run", flags: globalFlags(program), invocation };
}

const noCommand = () =>
  new CtrError("USAGE", 'no command given; "oci-torrent-ctr --help" lists them');

/** Everything before `--`, which ends the flags. */
const flagsOf = (argv: readonly string[]): readonly string[] => {
  const end = argv.indexOf("--");
  return end === -1 ? argv : argv.slice(0, end);
};

// Anywhere, also behind a mistake: who asks for help is not told off first.
const wantsHelp = (argv: readonly string[]): boolean =>
  flagsOf(argv).some((word) => word === "-h" || word === "--help");

const asksVersion = (argv: readonly string[]): boolean =>
  flagsOf(argv).some((word) => word === "-V" || word === "--version");

/** The command that was meant; the program itself where none was. */
function commandIn(argv: readonly string[], program: Command): Command {
  for (const word of flagsOf(argv)) {
    const found = program.commands.find((command) => command.name() === word);
    if (found !== undefined) return found;
  }
  return program;
}
