import type { CommandDeps } from "../deps.ts";
import { EXIT, type ExitCode } from "../errors.ts";
import { followProgress } from "../follow-progress.ts";
import { parseImage } from "../image-argument.ts";
import { absoluteSource } from "../local-source.ts";
import { writeLines } from "../output.ts";
import type { ProgressMode } from "../progress-view.ts";

type ImportOptions = {
  readonly source: string;
  readonly name?: string;
  readonly progress: ProgressMode;
};

export async function importImage(options: ImportOptions, deps: CommandDeps): Promise<ExitCode> {
  const source = absoluteSource(options.source, "import", deps.cwd);
  const reference = options.name === undefined ? "" : parseImage(options.name).reference;
  const { daemon, stdout } = deps;
  const events = daemon.follow(daemon.methods.Import, { source, reference });
  const view = await followProgress(events, options.progress, options.source, deps);
  if (options.progress === "quiet" && view.digest !== undefined) writeLines(stdout, [view.digest]);
  return EXIT.ok;
}

type ExportOptions = {
  readonly image: string;
  readonly target: string;
  readonly progress: ProgressMode;
};

export async function exportImage(options: ExportOptions, deps: CommandDeps): Promise<ExitCode> {
  const { reference, shown } = parseImage(options.image);
  const target = absoluteSource(options.target, "export", deps.cwd);
  const { daemon } = deps;
  const events = daemon.follow(daemon.methods.Export, { reference, target });
  await followProgress(events, options.progress, shown, deps);
  return EXIT.ok;
}
