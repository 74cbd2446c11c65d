import { Readable } from "node:stream";
import type { CtrDeps } from "../deps.ts";
import { runCtr } from "../run.ts";

export type Captured = {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
};

export type CaptureOptions = Partial<Omit<CtrDeps, "stdout" | "stderr" | "stdin">> & {
  readonly stdin?: string;
  readonly terminal?: { readonly columns: number; readonly rows: number };
  /** Hears of everything that is written to stdout. */
  readonly onStdout?: (text: string) => void;
};

/** The whole program in this process, with its streams captured. */
export async function runCaptured(
  argv: readonly string[],
  { stdin = "", terminal, onStdout, ...overrides }: CaptureOptions = {},
): Promise<Captured> {
  let stdout = "";
  let stderr = "";
  const exitCode = await runCtr(argv, {
    stdout: {
      ...(terminal === undefined ? {} : { isTTY: true, ...terminal }),
      write(text) {
        stdout += text;
        onStdout?.(text);
      },
    },
    stderr: {
      write(text) {
        stderr += text;
      },
    },
    stdin: () => Readable.from([Buffer.from(stdin)]),
    env: {},
    uid: 0,
    cwd: "/nowhere",
    version: "1.2.3",
    interrupted: new AbortController().signal,
    ...overrides,
  });
  return { exitCode, stdout, stderr };
}
