import { once } from "node:events";
import type {
  handleServerStreamingCall,
  handleUnaryCall,
  ServerUnaryCall,
  ServerWritableStream,
} from "@grpc/grpc-js";
import { AgentError } from "./errors.ts";
import { grpcStatus } from "./grpc-status.ts";

/** Streams under way in the whole daemon; one more is refused. */
const MAX_STREAMS = 512;

export type OnFailure = (method: string, error: unknown) => void;

export type Handlers = {
  /** A method with one answer. The signal is aborted when the caller has gone or its deadline has passed. */
  unary<Q, R>(answer: (request: Q, signal: AbortSignal) => Promise<R> | R): handleUnaryCall<Q, R>;
  /** A method with many answers: as many as the caller takes, no faster than it reads. */
  stream<Q, R>(
    answers: (request: Q, signal: AbortSignal) => AsyncIterable<R>,
  ): handleServerStreamingCall<Q, R>;
  /** Ends every call with this error, those to come too. */
  endCalls(error: Error): void;
};

/** Joins plain functions to grpc-js. Errors become statuses; those that are no user's fault are also told to `onFailure`. */
export function createHandlers(onFailure: OnFailure): Handlers {
  const ended = new AbortController();
  let streams = 0;
  return {
    endCalls: (error) => ended.abort(error),
    unary: (answer) => (call, callback) => {
      const { signal, release } = whileCalled(call);
      Promise.try(() => answer(call.request, AbortSignal.any([signal, ended.signal])))
        .then(
          (response) => callback(null, response),
          (error: unknown) => {
            onFailure(call.getPath(), error);
            callback(grpcStatus(error));
          },
        )
        .finally(release);
    },
    stream: (answers) => (call) => {
      if (streams >= MAX_STREAMS) {
        call.emit("error", grpcStatus(tooMany()));
        return;
      }
      const { signal, release } = whileCalled(call);
      streams += 1;
      pump(answers, call, AbortSignal.any([signal, ended.signal]))
        .catch((error: unknown) => {
          onFailure(call.getPath(), error);
          if (!signal.aborted) call.emit("error", grpcStatus(error));
        })
        .finally(() => {
          streams -= 1;
          release();
        });
    },
  };
}

const tooMany = () =>
  new AgentError("TOO_MANY", `${MAX_STREAMS} streams are open already: close some and try again`);

async function pump<Q, R>(
  answers: (request: Q, signal: AbortSignal) => AsyncIterable<R>,
  call: ServerWritableStream<Q, R>,
  signal: AbortSignal,
): Promise<void> {
  for await (const answer of answers(call.request, signal)) {
    signal.throwIfAborted();
    if (!call.write(answer)) await once(call, "drain", { signal });
  }
  call.end();
}

function whileCalled(
  call: ServerUnaryCall<unknown, unknown> | ServerWritableStream<unknown, unknown>,
) {
  const abort = new AbortController();
  const cancel = () => abort.abort(new DOMException("the caller has gone", "AbortError"));
  call.on("cancelled", cancel);
  return { signal: abort.signal, release: () => call.off("cancelled", cancel) };
}
