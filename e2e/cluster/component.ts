import { atEnd, type Scope } from "../support/at-end.ts";
import { type Place, type Running, start } from "../support/processes.ts";
import type { Program } from "../support/programs.ts";

/** A process of the control plane that tests may kill, freeze and start again, with the same ports and data. */
export type Component = {
  readonly name: string;
  /** The one that runs now, or ran last. */
  process(): Running;
  /** Ends it at once, without a chance to say goodbye. */
  kill(): Promise<void>;
  /** Starts it again and waits until it serves. */
  restart(): Promise<void>;
};

export type ComponentSpec = {
  readonly name: string;
  readonly program: Program;
  readonly args: readonly string[];
  readonly on?: Place | undefined;
  /** Waits until it serves. */
  ready(process: Running): Promise<void>;
};

export async function startComponent(
  scope: Scope,
  { name, program, args, on, ready }: ComponentSpec,
): Promise<Component> {
  const startOnce = async (): Promise<Running> => {
    const process = start(scope, program, args, on === undefined ? {} : { on });
    // Its data goes too, so nothing has to end well; politely it would wait for its clients.
    atEnd(scope, () => process.kill("SIGKILL"));
    await ready(process);
    return process;
  };
  let process = await startOnce();
  return {
    name,
    process: () => process,
    kill: async () => {
      process.kill("SIGKILL");
      await process.exit;
    },
    restart: async () => {
      process = await startOnce();
    },
  };
}
