import { once } from "node:events";
import { Metadata, type ServerDuplexStream } from "@grpc/grpc-js";
import {
  type AgentMessage,
  type FromAgent__Output,
  formatToAgent,
  MessageError,
  parseFromAgent,
  type ToAgent,
} from "../../api/index.ts";
import { type Clock, createThrottle } from "../../runtime/index.ts";
import { IdentityError } from "../identity/errors.ts";
import type { Member } from "../identity/token-review.ts";
import type { OpenSession, SessionRegistry } from "./sessions.ts";

export type SessionCall = ServerDuplexStream<FromAgent__Output, ToAgent>;

const HELLO_WITHIN_MS = 10_000;
/** An agent that says more is read more slowly. */
const MESSAGES_PER_SECOND = 500;

/**
 * Serves the stream of a member until either side ends it.
 * @throws MessageError, IdentityError FORBIDDEN, SessionEnded, or the signal's reason
 */
export async function serveSession(
  call: SessionCall,
  member: Member,
  { sessions, clock }: { readonly sessions: SessionRegistry; readonly clock: Clock },
  signal: AbortSignal,
): Promise<void> {
  const messages = call[Symbol.asyncIterator]() as AsyncIterator<FromAgent__Output>;
  const session = sessions.open(await readHello(messages, member, signal));
  // Tells the agent that it was let in, also while there is nothing else to say.
  call.sendMetadata(new Metadata());
  const over = new AbortController();
  const stop = AbortSignal.any([signal, session.ended, over.signal]);
  try {
    await Promise.race([listen(messages, session, clock, stop), talk(call, session, stop)]);
  } finally {
    over.abort();
    session.broke();
  }
}

async function readHello(
  messages: AsyncIterator<FromAgent__Output>,
  member: Member,
  signal: AbortSignal,
) {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(HELLO_WITHIN_MS)]);
  const hello = await nextMessage(messages, limit);
  if (hello?.kind !== "hello")
    throw new MessageError("hello", "the first message must be this one");
  if (hello.node === member.node && hello.podUid === member.podUid) return hello;
  throw new IdentityError(
    "FORBIDDEN",
    `the token is of the pod ${member.podName} on ${member.node}, and it says that it is on ${hello.node}`,
  );
}

async function listen(
  messages: AsyncIterator<FromAgent__Output>,
  session: OpenSession,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const throttle = createThrottle(MESSAGES_PER_SECOND, clock);
  while (true) {
    const message = await nextMessage(messages, signal);
    if (message === undefined) return;
    if (message.kind === "hello") throw new MessageError("hello", "it was said already");
    session.heard(message);
    await throttle.take(1, signal);
  }
}

async function talk(call: SessionCall, session: OpenSession, signal: AbortSignal): Promise<void> {
  while (true) {
    const steps = await session.next(signal);
    // Much may have changed while the agent takes its time: what is left is asked for anew.
    const full = steps.findIndex(({ message }) => !call.write(formatToAgent(message)));
    session.sent(full === -1 ? steps : steps.slice(0, full + 1));
    if (full !== -1) await once(call, "drain", { signal });
  }
}

/** Undefined at the end. Kinds that are not known here are passed over. */
async function nextMessage(
  messages: AsyncIterator<FromAgent__Output>,
  signal: AbortSignal,
): Promise<AgentMessage | undefined> {
  while (true) {
    const { done, value } = await orAborted(messages.next(), signal);
    if (done === true) return undefined;
    const message = parseFromAgent(value);
    if (message !== undefined) return message;
  }
}

/** The promise's result, or the signal's reason as soon as it is aborted. */
async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
