/** Why the demo failed, in one sentence for its user. */
export class DemoError extends Error {
  override readonly name = "DemoError";
}
