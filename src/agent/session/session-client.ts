import {
  type ControllerMessage,
  connected,
  controllerMethods,
  type Hello,
  parseSignedAgent,
  type Store,
  unary,
} from "../../api/index.ts";
import type { Clock, Component, Log } from "../../runtime/index.ts";
import { createBell } from "../bell.ts";
import { createCertificateRequest } from "./certificate-request.ts";
import { type Answer, answerOf } from "./controller-answer.ts";
import {
  type ControllerAccess,
  type ControllerChannel,
  openChannel,
} from "./controller-channel.ts";
import {
  afterRoundInVain,
  afterTry,
  beginRound,
  connectMs,
  type Known,
  waitBetweenRoundsMs,
} from "./leader-search.ts";
import { type Membership, membershipOf, renewAfterMs } from "./membership.ts";
import { createOutbox, type News } from "./outbox.ts";
import { holdSession } from "./session-stream.ts";

/** What does not change while the agent runs. */
export type Self = Pick<Hello, "node" | "podUid" | "version" | "epoch">;

export type SessionClientDeps = {
  readonly self: Self;
  readonly access: ControllerAccess;
  /** ip:port of every controller, as they are now. */
  controllers(signal: AbortSignal): Promise<readonly string[]>;
  /** The rest of what is said first. */
  describe(): Promise<Omit<Hello, keyof Self>>;
  /** All that is known now, for a controller that knows nothing. */
  snapshot(): readonly News[];
  store(): Promise<Store>;
  /** One message after the other. */
  handle(message: ControllerMessage): Promise<void>;
  /** This node has become a member, or has a new certificate. */
  onMember(membership: Membership): void;
  readonly clock: Clock;
  /** Milliseconds since 1970, for certificates. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly log: Log;
};

/** Finds the controller that leads, stays with it, and looks again when it has gone. */
export type SessionClient = Component & {
  /** Said as soon as there is somebody to hear it; of each thing the newest alone. */
  tell(news: News): void;
  /** ip:port of the controller that has let us in; undefined while there is none. */
  controller(): string | undefined;
};

const SIGN_MS = 30_000;
/** A certificate that could not be renewed is asked for again after about this time. */
const RENEW_AGAIN_MS = 60_000;

export function createSessionClient(deps: SessionClientDeps): SessionClient {
  const { clock, log, random, self } = deps;
  const outbox = createOutbox(() => clock.now());
  const news = createBell();
  let membership: Membership | undefined;
  let current: string | undefined;

  async function becomeMember(channel: ControllerChannel, signal: AbortSignal): Promise<void> {
    const { key, csr } = createCertificateRequest();
    const request = { node: self.node, csr };
    const call = { signal, timeoutMs: SIGN_MS };
    const signed = await unary(channel, controllerMethods.SignAgent, request, call);
    membership = membershipOf(parseSignedAgent(signed), key, self.node);
    log.info("certificate received", { notAfter: new Date(membership.notAfterMs).toISOString() });
    deps.onMember(membership);
  }

  const renewInMs = () =>
    membership === undefined ? 0 : renewAfterMs(membership.notAfterMs - deps.now(), random);

  async function renewMembership(channel: ControllerChannel, signal: AbortSignal): Promise<never> {
    for (let waitMs = renewInMs(); ; ) {
      await clock.sleep(waitMs, signal);
      try {
        await becomeMember(channel, signal);
        waitMs = renewInMs();
      } catch (error) {
        signal.throwIfAborted();
        log.warn("certificate not renewed", { error: answerText(error) });
        waitMs = RENEW_AGAIN_MS * (0.5 + random());
      }
    }
  }

  async function session(channel: ControllerChannel, address: string, signal: AbortSignal) {
    outbox.clear();
    const hello: Hello = { ...self, ...(await deps.describe()) };
    for (const each of deps.snapshot()) outbox.put(each);
    const onOpen = () => {
      current = address;
      log.info("session open", { controller: address });
    };
    const { handle, store } = deps;
    const stream = { outbox, news, store, handle, clock, log, onOpen };
    const over = new AbortController();
    const stop = AbortSignal.any([signal, over.signal]);
    const renewing = renewMembership(channel, stop);
    await Promise.race([holdSession(channel, hello, stream, stop), renewing]).finally(() =>
      over.abort(),
    );
  }

  /** Stays with a controller for as long as it lets us. */
  async function tryController(
    address: string,
    connectMs: number,
    signal: AbortSignal,
  ): Promise<Answer> {
    let channel: ControllerChannel | undefined;
    try {
      channel = await openChannel(address, deps.access);
      await connected(channel, connectMs, signal);
      const hasTime = membership !== undefined && membership.notAfterMs > deps.now();
      if (!hasTime) await becomeMember(channel, signal);
      await session(channel, address, signal);
      return { kind: "elsewhere" };
    } catch (error) {
      signal.throwIfAborted();
      return answerOf(error);
    } finally {
      channel?.close();
    }
  }

  /** Tries each controller once, until one has let us in and gone again. */
  async function goRound(known: Known, inVain: number, signal: AbortSignal): Promise<RoundEnd> {
    let refused: Error | undefined;
    let round = beginRound(await controllersNow(signal), known, random);
    for (let [next] = round.next; next !== undefined; [next] = round.next) {
      const answer = await tryController(next, connectMs(inVain), signal);
      const leader = answer.kind === "elsewhere" ? answer.leader : undefined;
      if (current !== undefined) {
        log.warn("session ended", { controller: current, why: whyOf(answer) });
        current = undefined;
        return { kind: "held", known: leader === undefined ? { lost: next } : { leader } };
      }
      if (answer.kind === "refused") refused = answer.error;
      log.debug("controller tried in vain", { controller: next, why: whyOf(answer) });
      round = afterTry(round, next, leader);
    }
    return refused === undefined ? { kind: "nobody" } : { kind: "refused", error: refused };
  }

  async function controllersNow(signal: AbortSignal): Promise<readonly string[]> {
    try {
      return await deps.controllers(signal);
    } catch (error) {
      signal.throwIfAborted();
      log.debug("addresses of the controllers not found", { error: answerText(error) });
      return [];
    }
  }

  return {
    name: "session",
    controller: () => current,
    tell(each) {
      outbox.put(each);
      news.ring();
    },
    async run(signal) {
      let known: Known = {};
      let [refusals, inVain] = [0, 0];
      while (true) {
        const end = await goRound(known, inVain, signal);
        known = end.kind === "held" ? end.known : afterRoundInVain(known);
        refusals = end.kind === "refused" ? refusals + 1 : 0;
        inVain = end.kind === "held" ? 0 : inVain + 1;
        if (end.kind === "refused") {
          log.error("refused by the controller", { error: answerText(end.error) });
        } else if (isPowerOfTwo(inVain)) {
          log.warn("no controller leads, going on with the last assignments", { rounds: inVain });
        }
        await clock.sleep(waitBetweenRoundsMs(refusals, random), signal);
      }
    },
  };
}

type RoundEnd =
  | { readonly kind: "held"; readonly known: Known }
  | { readonly kind: "nobody" }
  | { readonly kind: "refused"; readonly error: Error };

const isPowerOfTwo = (count: number): boolean => count > 0 && (count & (count - 1)) === 0;

const answerText = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

const whyOf = (answer: Answer): string =>
  answer.kind === "elsewhere"
    ? `it does not lead (${answer.leader ?? "nobody known does"})`
    : answer.error.message;
