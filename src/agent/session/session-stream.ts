import { once } from "node:events";
import type { ClientDuplexStream } from "@grpc/grpc-js";
import {
  type AgentMessage,
  type ControllerMessage,
  type FromAgent,
  formatFromAgent,
  type Hello,
  MessageError,
  parseToAgent,
  type Store,
  type ToAgent__Output,
} from "../../api/index.ts";
import type { Clock, Log } from "../../runtime/index.ts";
import type { Bell } from "../bell.ts";
import type { ControllerChannel } from "./controller-channel.ts";
import type { Outbox } from "./outbox.ts";

export type StreamDeps = {
  readonly outbox: Outbox;
  /** Rings when something was put into the outbox. */
  readonly news: Bell;
  store(): Promise<Store>;
  /** One after the other; must not throw. */
  handle(message: ControllerMessage): Promise<void>;
  readonly clock: Clock;
  readonly log: Log;
};

type Stream = ClientDuplexStream<FromAgent, ToAgent__Output>;

const HEARTBEAT_MS = 5_000;

/**
 * Holds a session until it ends; `onOpen` hears when the controller has let us in.
 * @throws always: ServiceError with what the controller says, or the signal's reason
 */
export async function holdSession(
  channel: ControllerChannel,
  hello: Hello,
  deps: StreamDeps & { onOpen(): void },
  signal: AbortSignal,
): Promise<never> {
  const stream = channel.Session();
  const over = new AbortController();
  const stop = AbortSignal.any([signal, over.signal]);
  const abort = () => stream.cancel();
  signal.addEventListener("abort", abort, { once: true });
  stream.once("metadata", () => deps.onOpen());
  try {
    await write(stream, { kind: "hello", ...hello }, stop);
    await Promise.race([listen(stream, deps), talk(stream, deps, stop), beat(stream, deps, stop)]);
    throw new Error("the controller has ended the session");
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    over.abort();
    signal.removeEventListener("abort", abort);
    // A cancelled call still emits its error, when nobody else listens.
    stream.on("error", () => {});
    stream.cancel();
  }
}

async function write(stream: Stream, message: AgentMessage, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  if (!stream.write(formatFromAgent(message))) await once(stream, "drain", { signal });
}

async function listen(stream: Stream, { handle, log }: StreamDeps): Promise<void> {
  for await (const wire of stream) {
    const message = readable(wire as ToAgent__Output, log);
    if (message !== undefined) await handle(message);
  }
}

/** Undefined for what this agent does not understand: the rest of the session is worth keeping. */
function readable(wire: ToAgent__Output, log: Log): ControllerMessage | undefined {
  try {
    return parseToAgent(wire);
  } catch (error) {
    if (!(error instanceof MessageError)) throw error;
    log.error("message of the controller left alone", { error: error.message });
    return undefined;
  }
}

async function talk(stream: Stream, deps: StreamDeps, signal: AbortSignal): Promise<void> {
  while (true) {
    for (const news of deps.outbox.take()) await write(stream, news, signal);
    await untilSomethingIsDue(deps, signal);
  }
}

async function untilSomethingIsDue(
  { outbox, news, clock }: StreamDeps,
  signal: AbortSignal,
): Promise<void> {
  const woken = new AbortController();
  const either = AbortSignal.any([signal, woken.signal]);
  const dueInMs = outbox.dueInMs();
  const due = dueInMs === undefined ? [] : [clock.sleep(dueInMs, either)];
  await Promise.race([news.next(either), ...due]).finally(() => woken.abort());
}

async function beat(stream: Stream, deps: StreamDeps, signal: AbortSignal): Promise<void> {
  while (true) {
    await deps.clock.sleep(HEARTBEAT_MS, signal);
    await write(stream, { kind: "heartbeat", store: await deps.store() }, signal);
  }
}
