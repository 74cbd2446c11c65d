import type { ProgressEvent } from "../api/index.ts";
import type { Reference } from "../oci/index.ts";
import type { ImageView } from "./image-state.ts";
import type { readPlace } from "./requests.ts";
import type { ServiceDeps } from "./service.ts";

type Place = ReturnType<typeof readPlace>;

export async function* importImage(
  _deps: ServiceDeps,
  _place: Place,
  _reference: Reference | undefined,
  _signal: AbortSignal,
): AsyncGenerator<ProgressEvent> {
  yield {};
}

export async function* exportImage(
  _deps: ServiceDeps,
  _view: ImageView,
  _place: Place,
  _signal: AbortSignal,
): AsyncGenerator<ProgressEvent> {
  yield {};
}
