import type { ProgressEvent__Output } from "../api/index.ts";
import type { CommandDeps } from "./deps.ts";
import { createProgressView, type ProgressMode } from "./progress-view.ts";
import type { StartView } from "./render-start.ts";

/** Shows events until they end, or until one is enough; resolves with what they told. */
export async function followProgress(
  events: AsyncIterable<ProgressEvent__Output>,
  mode: ProgressMode,
  shown: string,
  { stdout, env }: CommandDeps,
  enough: (event: ProgressEvent__Output) => boolean = () => false,
): Promise<StartView> {
  const progress = await createProgressView(mode, shown, stdout, env);
  try {
    for await (const event of events) {
      progress.show(event);
      if (enough(event)) break;
    }
  } finally {
    progress.close();
  }
  return progress.view;
}
