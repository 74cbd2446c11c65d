/** The part of a writable stream that the CLI uses. */
export type Output = {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
};

export const writeLines = (output: Output, lines: readonly string[]): void => {
  if (lines.length > 0) output.write(`${lines.join("\n")}\n`);
};

/** Whether rows may be drawn over: a terminal that understands more than a line printer. */
export const isScreen = (output: Output, env: Readonly<Record<string, string | undefined>>) =>
  output.isTTY === true && env["TERM"] !== "dumb";
