import { Command } from "commander";
import type { CredentialFlags } from "./credentials-input.ts";
import { CtrError } from "./errors.ts";
import {
  addGlobalFlags,
  formatOption,
  platformOption,
  progressOption,
  quietOption,
  refuseRepetition,
  waitOption,
} from "./flags.ts";
import type { Invocation, StartInvocation, TableFormat } from "./invocation.ts";
import type { ProgressMode } from "./progress-view.ts";

export type Declaration = {
  readonly columns: number;
  /** Gets help texts. */
  write(text: string): void;
  /** Gets the command that was given. */
  take(invocation: Invocation): void;
};

type Take = Declaration["take"];

const IMAGE = "docker://NAME[:TAG][@DIGEST], or the name alone";

/** The whole command line: commands, flags and help texts. It does nothing but to hand over what was given. */
export function declareCommands({ columns, write, take }: Declaration): Command {
  const program = new Command("oci-torrent-ctr")
    .description("Starts, shows and stops images on an oci-torrentd daemon.")
    .helpCommand(false)
    .showSuggestionAfterError(false)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({ writeOut: write, writeErr: () => {}, getOutHelpWidth: () => columns })
    .exitOverride();
  addGlobalFlags(program);
  program.option("-V, --version", "print the version of this program");
  for (const declare of COMMANDS) declare(program, take);
  declareHelp(program);
  example(program, "start docker://busybox");
  refuseRepetition(program, []);
  for (const command of program.commands) refuseRepetition(command, ["platform"]);
  return program;
}

const example = (command: Command, ...lines: readonly string[]): Command =>
  command.addHelpText(
    "after",
    ["", lines.length === 1 ? "Example:" : "Examples:"]
      .concat(lines.map((line) => `  oci-torrent-ctr ${line}`))
      .join("\n"),
  );

const COMMANDS: readonly ((program: Command, take: Take) => void)[] = [
  declareStart,
  declareStatus,
  declareExplain,
  declareStop,
  declareRemove,
  declareList,
  declareResolve,
  declareVerify,
  declareImport,
  declareExport,
  declareTorrent,
  declareVersion,
];

type StartFlags = CredentialFlags & {
  readonly platform: StartInvocation["platforms"];
  readonly allPlatforms?: boolean;
  readonly quiet?: boolean;
  readonly progress: ProgressMode;
  readonly wait?: number;
  readonly detach?: boolean;
};

const DEFAULT_WAIT_MS = 30_000;

function declareStart(program: Command, take: Take): void {
  const command = program
    .command("start")
    .argument("<image>", IMAGE)
    .description("Fetch an image, show how far it is, and seed it.")
    .addOption(platformOption())
    .option("--all-platforms", "take every platform of the image")
    .option("--username <name>", "log in at the registry")
    .option("--password <password>", "others can see it: --password-stdin is safer")
    .option("--password-stdin", "read the password from standard input")
    .option("--authfile <file>", "take the login from a docker config.json")
    .addOption(quietOption("print the digest, when all is done, and nothing else"))
    .addOption(progressOption())
    .addOption(
      waitOption("how long a leecher waits for a seeder that knows the image (default: 30s)"),
    )
    .option("-d, --detach", "return as soon as the image is known; the transfer goes on")
    .action((image: string, flags: StartFlags) => take(startInvocation(image, flags)));
  example(
    command,
    "start docker://busybox",
    "start --platform linux/arm64 registry.example/app:1",
    "start --username joe --password-stdin registry.example/app:1 < password",
  );
}

function startInvocation(image: string, flags: StartFlags): StartInvocation {
  const { platform, allPlatforms = false, quiet = false, progress, wait, detach = false } = flags;
  if (allPlatforms && platform.length > 0) {
    throw new CtrError("USAGE", "--platform and --all-platforms exclude one another: give one");
  }
  const { username, password, passwordStdin, authfile } = flags;
  return {
    command: "start",
    image,
    platforms: platform,
    allPlatforms,
    login: {
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(passwordStdin === undefined ? {} : { passwordStdin }),
      ...(authfile === undefined ? {} : { authfile }),
    },
    progress: modeOf(quiet, progress),
    waitMs: wait ?? DEFAULT_WAIT_MS,
    detach,
  };
}

function modeOf(quiet: boolean, progress: ProgressMode): ProgressMode {
  if (quiet && progress !== "auto") {
    throw new CtrError("USAGE", "--quiet and --progress exclude one another: give one");
  }
  return quiet ? "quiet" : progress;
}

type Formatted = { readonly output: TableFormat };

function declareStatus(program: Command, take: Take): void {
  const command = program
    .command("status")
    .argument("[image]", `${IMAGE}; without one, every image`)
    .description("Show how far the layers of an image are.")
    .option("--watch", "show it again whenever it changes, until Ctrl-C")
    .addOption(formatOption())
    .action((image: string | undefined, flags: Formatted & { watch?: boolean }) =>
      take({
        command: "status",
        ...(image === undefined ? {} : { image }),
        watch: flags.watch ?? false,
        format: flags.output,
      }),
    );
  example(command, "status busybox", "status --watch", "status busybox -o json");
}

function declareExplain(program: Command, take: Take): void {
  const command = program
    .command("explain")
    .argument("<image>", IMAGE)
    .description("Say why an image does not go on, and show the peers of each layer.")
    .addOption(formatOption())
    .action((image: string, { output }: Formatted) =>
      take({ command: "explain", image, format: output }),
    );
  example(command, "explain busybox", "explain busybox -o wide");
}

function declareStop(program: Command, take: Take): void {
  const command = program
    .command("stop")
    .argument("<image>", IMAGE)
    .description("End the transfer and the seeding of an image. What is complete stays.")
    .option("--no-clean", "keep unfinished files too, for a later start to go on from")
    .action((image: string, { clean }: { clean: boolean }) =>
      take({ command: "stop", image, keepPartial: !clean }),
    );
  example(command, "stop busybox");
}

function declareRemove(program: Command, take: Take): void {
  const command = program
    .command("remove")
    .argument("<image>", IMAGE)
    .description("Remove an image, and the layers that no other image needs.")
    .action((image: string) => take({ command: "remove", image }));
  example(command, "remove busybox");
}

function declareList(program: Command, take: Take): void {
  const command = program
    .command("list")
    .description("List the images of the daemon.")
    .addOption(formatOption())
    .action(({ output }: Formatted) => take({ command: "list", format: output }));
  example(command, "list", "list -o yaml");
}

function declareResolve(program: Command, take: Take): void {
  const command = program
    .command("resolve")
    .argument("<image>", IMAGE)
    .description("Print what an image's tag means, according to the daemon.")
    .addOption(waitOption("wait for an image that was just started"))
    .addOption(formatOption())
    .action((image: string, flags: Formatted & { wait?: number }) =>
      take({ command: "resolve", image, waitMs: flags.wait ?? 0, format: flags.output }),
    );
  example(command, "resolve busybox:1.36");
}

function declareVerify(program: Command, take: Take): void {
  const command = program
    .command("verify")
    .argument("[image]", `${IMAGE}; without one, every image`)
    .description("Read the stored blobs again and say which are damaged; exit code 3 if any is.")
    .addOption(formatOption())
    .action((image: string | undefined, { output }: Formatted) =>
      take({ command: "verify", ...(image === undefined ? {} : { image }), format: output }),
    );
  example(command, "verify", "verify busybox");
}

type Shown = { readonly progress: ProgressMode; readonly quiet?: boolean };

function declareImport(program: Command, take: Take): void {
  const command = program
    .command("import")
    .argument("<source>", "oci:DIR[:NAME] or oci-archive:FILE[:NAME]; the daemon reads it")
    .description("Take an image in from a directory or a file, and seed it.")
    .option("--name <image>", "the name that it gets, when the source does not say it")
    .addOption(quietOption("print the digest, when all is done, and nothing else"))
    .addOption(progressOption())
    .action((source: string, flags: Shown & { name?: string }) =>
      take({
        command: "import",
        source,
        ...(flags.name === undefined ? {} : { name: flags.name }),
        progress: modeOf(flags.quiet ?? false, flags.progress),
      }),
    );
  example(command, "import oci-archive:app.tar --name registry.example/app:1");
}

function declareExport(program: Command, take: Take): void {
  const command = program
    .command("export")
    .argument("<image>", IMAGE)
    .argument("<target>", "oci:DIR[:NAME] or oci-archive:FILE[:NAME]; the daemon writes it")
    .description("Write an image to a directory or a file.")
    .addOption(quietOption("print nothing"))
    .addOption(progressOption())
    .action((image: string, target: string, flags: Shown) =>
      take({
        command: "export",
        image,
        target,
        progress: modeOf(flags.quiet ?? false, flags.progress),
      }),
    );
  example(command, "export busybox oci-archive:busybox.tar");
}

function declareTorrent(program: Command, take: Take): void {
  const command = program
    .command("torrent")
    .argument("<image>", IMAGE)
    .description("Write one .torrent file for each layer of an image.")
    .option("-o, --output <directory>", "where to write them", ".")
    .action((image: string, { output }: { output: string }) =>
      take({ command: "torrent", image, directory: output }),
    );
  example(command, "torrent busybox -o torrents");
}

function declareVersion(program: Command, take: Take): void {
  const command = program
    .command("version")
    .description("Print the versions of this program and of the daemon, if one is there.")
    .action(() => take({ command: "version" }));
  example(command, "version");
}

function declareHelp(program: Command): void {
  const command = program
    .command("help")
    .argument("[command]", "the command to explain")
    .description("Print help for a command.")
    .action((name: string | undefined) => {
      if (name === undefined) return program.outputHelp();
      const found = program.commands.find((other) => other.name() === name);
      if (found === undefined) program.error(`error: unknown command '${name}'`);
      else found.outputHelp();
    });
  example(command, "help start");
}
