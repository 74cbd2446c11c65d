import { type AttemptFailed, protocolFailure } from "./attempt-failure.ts";
import { quoted } from "./quoted.ts";
import type { HttpAnswer } from "./transport.ts";

/** We ask for bytes as they are: an encoded answer has none of the digest's bytes, and no size that we know. */
export function encodingFailure(
  answer: Pick<HttpAnswer, "header">,
  host: string,
): AttemptFailed | undefined {
  const encoding = answer.header("content-encoding")?.trim().toLowerCase() ?? "";
  if (encoding === "" || encoding === "identity") return undefined;
  return protocolFailure(host, `sends the encoding ${quoted(encoding)} that nobody asked for`);
}
