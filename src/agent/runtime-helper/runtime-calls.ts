import { type Client, status } from "@grpc/grpc-js";
import { type Call, unary } from "../../api/index.ts";
import { redactText } from "../../runtime/index.ts";
import { RuntimeError } from "./errors.ts";

/** What a call needs of a method's definition. */
type Method<Request, Response> = Parameters<typeof unary<Request, Response>>[1];

export type Ask = <Request, Response>(
  act: string,
  method: Method<Request, Response>,
  request: NoInfer<Request>,
  options: { readonly signal: AbortSignal; readonly timeoutMs?: number },
) => Promise<Response>;

/** A call that only reads or writes a name takes milliseconds; a runtime that is starting may hold it back. */
const TIMEOUT_MS = 15_000;
const LONGEST_TEXT = 500;
/** Of containerd: everything that the kubelet sees is in there. */
const NAMESPACE = "k8s.io";

/** The same for calls of another kind, whose failures `asked` tells. */
export const callOver = (call: Call): Call => ({
  ...call,
  metadata: { ...call.metadata, "containerd-namespace": NAMESPACE },
});

/** Does a part of such a call. */
export async function asked<Answer>(
  act: string,
  signal: AbortSignal,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    throw failure(act, error as { code?: number; details?: string; message: string });
  }
}

/** Calls to the container runtime, whose failures become ours with its own text. `act` finishes "could not". */
export const askOver =
  (client: Client): Ask =>
  (act, method, request, { signal, timeoutMs = TIMEOUT_MS }) =>
    asked(act, signal, () => unary(client, method, request, callOver({ signal, timeoutMs })));

function failure(
  act: string,
  error: { code?: number; details?: string; message: string },
): RuntimeError {
  const text = redactText((error.details ?? error.message).slice(0, LONGEST_TEXT));
  const sentence = `could not ${act}: the container runtime says: ${text}`;
  const code = codeOf(error.code, text);
  const wayOut =
    code === "RUNTIME_FULL"
      ? `${sentence}: make room on the disk that it stores images on`
      : sentence;
  return new RuntimeError(code, wayOut, { cause: error });
}

function codeOf(code: number | undefined, text: string): RuntimeError["code"] {
  if (/no space left on device|disk quota exceeded/i.test(text)) return "RUNTIME_FULL";
  switch (code) {
    case status.UNAVAILABLE:
      return "RUNTIME_UNAVAILABLE";
    case status.UNIMPLEMENTED:
      return "UNSUPPORTED";
    default:
      return "LOAD_FAILED";
  }
}

/** Whether the runtime answered that it has nothing of that name. */
export const isNotFound = (error: unknown): boolean => hasStatus(error, status.NOT_FOUND);

export const isAlreadyThere = (error: unknown): boolean => hasStatus(error, status.ALREADY_EXISTS);

const hasStatus = (error: unknown, code: status): boolean =>
  error instanceof RuntimeError && (error.cause as { code?: number } | undefined)?.code === code;
