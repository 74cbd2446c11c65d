import type { Readable } from "node:stream";
import type { Environment } from "./address.ts";
import type { Daemon } from "./daemon.ts";
import type { Output } from "./output.ts";

/** The world around the program; only main.ts builds it. */
export type CtrDeps = {
  readonly stdout: Output;
  readonly stderr: Output;
  /** Opened by the one command that reads it. */
  stdin(): Readable;
  readonly env: Environment;
  readonly uid: number;
  readonly cwd: string;
  readonly version: string;
  /** Aborts when the user has had enough: Ctrl-C. */
  readonly interrupted: AbortSignal;
};

/** What a command works with. */
export type CommandDeps = CtrDeps & {
  readonly daemon: Daemon;
  /** Aborts on Ctrl-C and when --timeout is over. */
  readonly signal: AbortSignal;
  /** Prints a sentence on stderr that is not the end of the command. */
  warn(sentence: string): void;
};
