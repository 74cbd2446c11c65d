// Composes the parts: an input changes the state, and then everything that follows from it is done, in a fixed order. Same inputs and
// same random numbers give the same outputs.
import {
  askMore,
  blockArrived,
  doubleLateAsks,
  dropOverdue,
  dropStuckPieces,
  noticeNoSource,
} from "./asking.ts";
import { forgetOldStrikes, strike } from "./blame.ts";
import { blobDropped, blobWanted } from "./blobs.ts";
import { budgetBytes, judgeSpeed } from "./budget.ts";
import { deal, lapseDeals } from "./dealer.ts";
import { judgeDoubts } from "./doubts.ts";
import { explain } from "./explain.ts";
import { hashOf } from "./hashlist.ts";
import { hear } from "./hearing.ts";
import { lookAtWaits, nextWaitMs, setImageLimits } from "./image-limits.ts";
import {
  beginStreams,
  isSomethingNowhere,
  leaseGranted,
  leaseLost,
  nextStreamMs,
  pieceFetched,
} from "./leases.ts";
import { carryOutHangUps, dropChannel, linkDown, linkUp, openWaiting } from "./links.ts";
import { issuerAnswered } from "./lists.ts";
import type { BlobKey, Core, CoreStats, Input, LinkId, Output, Policy } from "./messages.ts";
import { dialFailed, dropIdle, lookForPeers, peersFound } from "./neighbours.ts";
import { blobDisproven, blobProven, blobRechecked, pieceChecked } from "./proof.ts";
import { blockSent, rotateForeign, serve } from "./serving.ts";
import { askIssuer, type Blob, createState, type State } from "./state.ts";
import { tellNews } from "./telling.ts";

/** A peer that has closed a blob's channel may have the blob later. */
const REFUSED_MS = 5_000;
const LOOK_EVERY_MS = 50;
/** Hashes without pieces show for so many times the time until a lease is asked for that somebody is at work. */
const GROWTH_TIMES = 10;
const SECOND_MS = 1_000;

/** `random` gives numbers from 0 to 1, 1 excluded. */
export function createCore(policy: Policy, random: () => number): Core {
  const state = createState(policy, random);
  return {
    step(nowMs: number, input: Input, out: Output[]): void {
      state.now = Math.max(state.now, nowMs);
      state.out = out;
      take(state, input);
      follow(state);
    },
    explain: (key: BlobKey) => explain(state, key),
    stats: () => statsOf(state),
  };
}

function take(state: State, input: Input): void {
  switch (input.on) {
    case "tick":
      state.latenessMs = Math.max(state.latenessMs, state.now - state.wakeAtMs, 0);
      state.wakeAtMs = Number.POSITIVE_INFINITY;
      state.mustAsk = true;
      state.mustServe = true;
      return;
    case "blobWanted":
      blobWanted(state, input.blob);
      return;
    case "peersFound":
      peersFound(state, input.group, input.peers);
      return;
    case "dialFailed":
      dialFailed(state, input.peer, input.reason);
      return;
    case "linkUp":
      linkUp(state, input);
      return;
    case "imageLimits":
      setImageLimits(state, input.image, input);
      return;
    case "capacity":
      state.poolBytes = input.poolBytes;
      state.downBucket.bps = input.downloadBps;
      state.upBucket.bps = input.uploadBps;
      state.isPoolFull = false;
      state.mustAsk = true;
      state.mustServe = true;
      return;
    case "linkDown":
    case "message":
    case "channelClosed":
    case "blockArrived":
    case "blockSent":
      takeFromLink(state, input);
      return;
    default:
      takeOfBlob(state, input);
  }
}

type OfLink = Extract<Input, { link: LinkId }>;
type FromLink = Exclude<OfLink, { on: "linkUp" }>;

function takeFromLink(state: State, input: FromLink): void {
  const link = state.links.get(input.link);
  if (link === undefined) return;
  switch (input.on) {
    case "linkDown":
      linkDown(state, link, input.reason);
      return;
    case "message":
      hear(state, link, input.key, input.message);
      return;
    case "blockSent":
      blockSent(state, link, input.queuedBytes);
      return;
    case "channelClosed": {
      const blob = state.blobs.get(input.key);
      const channel = blob && link.channels.get(blob);
      link.unknownKeys.delete(input.key);
      if (channel === undefined) return;
      if (link.dialled) link.refusedKeys.set(input.key, state.now + REFUSED_MS);
      dropChannel(state, channel);
      return;
    }
    case "blockArrived": {
      const blob = state.blobs.get(input.key);
      const open = blob && blockArrived(state, link, blob, input);
      if (blob === undefined || open === undefined) return;
      const expected = hashOf(blob.list, input.piece).slice();
      state.out.push({ do: "checkPiece", key: blob.key, piece: input.piece, expected });
      return;
    }
    default:
      input satisfies never;
  }
}

type OfBlob = Exclude<Extract<Input, { key: BlobKey }>, OfLink>;

function takeOfBlob(state: State, input: OfBlob): void {
  const blob = state.blobs.get(input.key);
  if (blob === undefined) return;
  switch (input.on) {
    case "blobDropped":
      blobDropped(state, blob);
      return;
    case "pieceChecked":
      pieceChecked(state, blob, input.piece, input.ok);
      return;
    case "pieceFetched":
      pieceFetched(state, blob, input.piece, input.hash);
      return;
    case "leaseGranted":
      leaseGranted(state, blob, input.lease);
      return;
    case "leaseLost":
      leaseLost(state, blob);
      return;
    case "blobProven":
      blobProven(state, blob);
      return;
    case "blobDisproven":
      blobDisproven(state, blob);
      return;
    case "blobRechecked":
      blobRechecked(state, blob, input.bad);
      return;
    case "issuerList":
      issuerAnswered(state, blob, input.answer);
      return;
    default:
      input satisfies never;
  }
}

/** What follows from an input, and from the time. */
function follow(state: State): void {
  if (state.now >= state.lookedMs + LOOK_EVERY_MS) look(state);
  if (state.now >= state.secondMs + SECOND_MS) lookAround(state);
  if (state.waiting.size > 0) lookAtWaits(state);
  if (state.listening.size > 0) beginStreams(state);
  carryOutHangUps(state);
  if (state.mustLookForPeers) lookForPeers(state);
  if (state.mustRotate) rotateForeign(state);
  state.mustRotate = false;
  if (state.news.size > 0 && state.now >= state.toldMs + state.policy.haveEveryMs) tellNews(state);
  if (state.mustDeal) deal(state);
  state.mustDeal = false;
  if (state.mustAsk) askMore(state);
  state.mustAsk = false;
  if (state.mustServe) serve(state);
  state.mustServe = false;
  if (state.mustDeal) deal(state);
  state.mustDeal = false;
  wake(state);
}

function look(state: State): void {
  state.lookedMs = state.now;
  for (const link of dropOverdue(state)) {
    strike(
      state,
      link.peer.node,
      "SlowAnswers",
      `${link.peer.node} let three asks in a row run out of time`,
    );
  }
  doubleLateAsks(state);
  noticeNoSource(state);
  dropStuckPieces(state);
  lapseDeals(state);
}

function lookAround(state: State): void {
  state.secondMs = state.now;
  state.latenessMs /= 2;
  judgeSpeed(state);
  judgeDoubts(state);
  forgetOldStrikes(state);
  dropIdle(state);
  openWaiting(state);
  noticeStalls(state);
  state.mustLookForPeers = true;
  state.mustRotate = true;
}

/** Nothing new for long: somebody must fetch what is missing; and an issuer that has not answered is asked again. */
function noticeStalls(state: State): void {
  for (const blob of state.unfinished) {
    if (needsIssuer(blob)) askIssuer(state, blob);
    if (mustAskLease(state, blob)) state.out.push({ do: "askLease", key: blob.key });
  }
}

/** Not while peers have all that is missing and give other blobs first. */
function mustAskLease(state: State, blob: Blob): boolean {
  const { leaseMs, leaseJitterMs } = state.policy;
  const isSilent = (sinceMs: number) => state.now - sinceMs >= leaseMs;
  const grewMs = Math.min(blob.lastGrowthMs, blob.lastArrivalMs + GROWTH_TIMES * leaseMs);
  const latest = Math.max(blob.lastArrivalMs, grewMs, blob.lastLeaseAskMs);
  const isWaiting = blob.phase === "moving" && !blob.isFetching && isSilent(latest);
  const isStalled = isWaiting && (isSomethingNowhere(blob) || isSilent(state.lastArrivalMs));
  if (!isStalled) {
    blob.leaseDueMs = undefined;
    return false;
  }
  blob.leaseDueMs ??= state.now + (leaseJitterMs > 0 ? state.random() * leaseJitterMs : 0);
  if (state.now < blob.leaseDueMs) return false;
  blob.leaseDueMs = undefined;
  blob.lastLeaseAskMs = state.now;
  return true;
}

const needsIssuer = (blob: Blob) =>
  blob.isIssuerAsked || blob.isDisproven || blob.suspects.size > 0 || blob.list.disputes.length > 0;

/** Asks for a tick when something is due that no other input brings about. */
function wake(state: State): void {
  const due = nextDueMs(state);
  if (due >= state.wakeAtMs) return;
  state.wakeAtMs = due;
  state.out.push({ do: "wakeAt", nowMs: due });
}

function nextDueMs(state: State): number {
  const never = Number.POSITIVE_INFINITY;
  const isBusy = state.asks.size > 0 || state.openDealBytes > 0 || state.unfinished.size > 0;
  return Math.max(
    state.now,
    Math.min(
      state.news.size > 0 ? state.toldMs + state.policy.haveEveryMs : never,
      isBusy ? state.lookedMs + LOOK_EVERY_MS : never,
      state.links.size > 0 || state.unfinished.size > 0 ? state.secondMs + SECOND_MS : never,
      nextStreamMs(state),
      nextWaitMs(state),
      state.askAtMs ?? never,
      state.serveAtMs ?? never,
    ),
  );
}

function statsOf(state: State): CoreStats {
  const { counters: sums } = state;
  const dialled = [...state.links.values()].filter((link) => link.dialled).length;
  return {
    receivedBytes: sums.receivedBytes,
    crossZoneBytes: sums.crossZoneBytes,
    sentBytes: sums.sentBytes,
    wastedBytes: { duplicate: sums.duplicate, badHash: sums.badHash, late: sums.late },
    pieces: { ok: sums.ok, bad: sums.bad },
    originPieces: { dealt: sums.dealt, redealt: sums.redealt, repeated: sums.repeated },
    rejectsSent: sums.rejectsSent,
    retractions: sums.retractions,
    links: { dialled, accepted: state.links.size - dialled },
    inFlightBytes: state.inFlight + state.dealtInFlight,
    budgetBytes: budgetBytes(state),
    poolBytes: state.poolUsed,
  };
}
