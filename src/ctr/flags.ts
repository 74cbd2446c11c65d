import { type Command, InvalidArgumentError, Option } from "commander";
import { parsePlatform } from "../oci/index.ts";
import { type Bounds, parseDuration, whyNotLimit } from "./duration.ts";
import { CtrError } from "./errors.ts";
import type { GlobalFlags } from "./invocation.ts";

const HOUR_MS = 3_600_000;
/** A timer of Node ends below 25 days. */
const LIMIT_BOUNDS: Bounds = { least: 1, most: 168 * HOUR_MS };
/** Not waiting at all makes sense; the daemon waits for a day at most. */
const WAIT_BOUNDS: Bounds = { least: 0, most: 24 * HOUR_MS };

const durationOption = (flags: string, description: string, bounds: Bounds): Option =>
  new Option(flags, description).argParser((text: string): number => {
    const milliseconds = parseDuration(text);
    const why = whyNotLimit(milliseconds, bounds);
    if (milliseconds === undefined || why !== undefined) throw new InvalidArgumentError(why ?? "");
    return milliseconds;
  });

/** `--wait`, in milliseconds. */
export const waitOption = (description: string): Option =>
  durationOption("--wait <duration>", description, WAIT_BOUNDS);

/** `--platform`, as often as there are platforms. */
export const platformOption = (): Option =>
  new Option("--platform <os/arch>", "a platform to take, such as linux/arm64; repeatable")
    .default([], "the daemon's own")
    .argParser((text: string, earlier: readonly unknown[]) => [...earlier, parsePlatform(text)]);

export const formatOption = (): Option =>
  new Option("-o, --output <format>", "how to print")
    .choices(["table", "wide", "json", "yaml"])
    .default("table");

export const progressOption = (): Option =>
  new Option("--progress <how>", "how to show progress")
    .choices(["auto", "tty", "plain", "json"])
    .default("auto");

export const quietOption = (text: string): Option => new Option("-q, --quiet", text);

export function addGlobalFlags(program: Command): Command {
  return program
    .option(
      "--address <address>",
      "the daemon: unix:///PATH or tcp://HOST:PORT (environment: OCI_TORRENT_ADDRESS)",
    )
    .addOption(
      durationOption(
        "--timeout <duration>",
        "give up after this time, with exit code 4: 5, 500ms, 5s, 2m, 1h",
        LIMIT_BOUNDS,
      ),
    )
    .option("--tls-ca <file>", "speak TLS; the daemon's certificate must come from this CA (PEM)")
    .option("--tls-cert <file>", "our certificate, for a daemon that wants one (PEM)")
    .option("--tls-key <file>", "the key of our certificate (PEM)");
}

/** @throws CtrError USAGE for flags that do not go together. */
export function globalFlags(program: Command): GlobalFlags {
  const { timeout, ...others } = program.opts<GlobalFlags & { timeout?: number }>();
  if ((others.tlsCert === undefined) !== (others.tlsKey === undefined)) {
    throw new CtrError("USAGE", "--tls-cert and --tls-key belong together: give both");
  }
  if (others.tlsCert !== undefined && others.tlsCa === undefined) {
    throw new CtrError("USAGE", "--tls-cert needs --tls-ca: the CA of the daemon's certificate");
  }
  return timeout === undefined ? others : { ...others, timeoutMs: timeout };
}

/** A flag that is given twice is a slip: the last one does not silently win. */
export function refuseRepetition(command: Command, repeatable: readonly string[]): void {
  for (const option of command.options) {
    const name = option.name();
    if (repeatable.includes(name)) continue;
    let seen = false;
    command.on(`option:${name}`, () => {
      if (seen) throw new CtrError("USAGE", `--${name} is given twice: give it once`);
      seen = true;
    });
  }
}
