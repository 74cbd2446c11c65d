import type { ResolutionFailure } from "../../api/index.ts";

/** What was found at the registry is nothing that could be brought to the nodes. */
export class ResolutionError extends Error {
  override readonly name = "ResolutionError";
  readonly reason: ResolutionFailure;
  constructor(reason: ResolutionFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}
