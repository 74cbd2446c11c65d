// One core whose peers and shell say whatever a test makes them say. It keeps to what a shell promises (a block comes in only when it was asked for, a
// check is answered once), and watches over what a core promises.
import { createCore } from "../core.ts";
import type {
  BlobKey,
  BlobSpec,
  Core,
  Input,
  LinkId,
  Message,
  Output,
  Range,
} from "../messages.ts";
import { defaultPolicy } from "../policy.ts";
import { type Event, hashesFor } from "./arbitrary-peers.ts";
import { seededRandom } from "./random.ts";

type Request = Range & { readonly link: LinkId; readonly isSuggested: boolean };

export class LoneCore {
  readonly core: Core;
  readonly links: LinkId[] = [];
  /** Asked for, and neither here nor taken back. */
  requests: Request[] = [];
  /** Taken back, and perhaps on their way all the same. */
  late: Request[] = [];
  checks: number[] = [];
  readonly broken: string[] = [];
  /** How much the core was made to do. */
  asked = 0;
  checked = 0;
  readonly #spec: BlobSpec;
  readonly #poolBytes: number;
  readonly #held = new Set<number>();
  readonly #suggested = new Set<string>();
  /** The piece that the registry gives next. */
  #fetching: number | undefined;
  #nowMs = 0;
  #lastLink = 0;
  #mostBudget = 0;

  constructor(spec: BlobSpec, poolBytes: number, seed: number) {
    this.#spec = spec;
    this.#poolBytes = poolBytes;
    this.core = createCore({ ...defaultPolicy, node: "us" }, seededRandom(seed));
    this.tell({ on: "capacity", poolBytes, uploadBps: 0, downloadBps: 0 });
    this.tell({ on: "blobWanted", blob: spec });
  }

  get #pieces(): number {
    return Math.ceil(this.#spec.size / this.#spec.pieceBytes);
  }

  get key(): BlobKey {
    return this.#spec.key;
  }

  play(event: Event): void {
    switch (event.event) {
      case "link":
        this.#link(event.peer, event.dialled, event.foreign);
        break;
      case "cut":
      case "close": {
        const link = pick(this.links, event.link);
        if (link === undefined) break;
        this.#forgetLink(link);
        if (event.event === "close") this.tell({ on: "channelClosed", link, key: this.key });
        else this.#cut(link);
        break;
      }
      case "message": {
        const link = pick(this.links, event.link);
        if (link !== undefined) this.#say(link, event.message);
        break;
      }
      case "answer":
      case "late":
        this.#answer(event.event === "late" ? this.late : this.requests, event.request);
        break;
      case "refuse": {
        const request = pick(this.requests, event.request);
        if (request === undefined) break;
        const { link, piece, offset, bytes } = request;
        this.#say(link, { id: "reject", piece, offset, bytes });
        break;
      }
      case "checked": {
        const piece = pick(this.checks, event.check);
        if (piece === undefined) break;
        this.checks = this.checks.filter((other) => other !== piece);
        if (event.ok) this.#held.add(piece);
        this.tell({ on: "pieceChecked", key: this.key, piece, ok: event.ok });
        break;
      }
      case "fetched": {
        const piece = this.#fetching;
        if (piece === undefined) break;
        this.#fetching = piece + 1 < this.#pieces ? piece + 1 : undefined;
        this.#held.add(piece);
        const hash = hashesFor(piece, 1, event.isRight ? 0 : 1);
        this.tell({ on: "pieceFetched", key: this.key, piece, hash });
        break;
      }
      case "sent": {
        const link = pick(this.links, event.link);
        if (link !== undefined)
          this.tell({ on: "blockSent", link, queuedBytes: event.queuedBytes });
        break;
      }
      case "tell":
        this.tell(event.input);
        break;
      case "wait":
        this.#nowMs += event.ms;
        this.tell({ on: "tick" });
        break;
      default:
        event satisfies never;
    }
  }

  tell(input: Input): void {
    if (input.on === "leaseLost") this.#fetching = undefined;
    const outputs: Output[] = [];
    this.core.step(this.#nowMs, input, outputs);
    this.#mostBudget = Math.max(this.#mostBudget, this.core.stats().budgetBytes);
    for (const output of outputs) this.#see(output);
    this.#watch();
  }

  #link(peer: number, dialled: boolean, isForeign: boolean): void {
    const link = ++this.#lastLink as LinkId;
    this.links.push(link);
    const node = `peer ${peer}`;
    const kind = isForeign ? "foreign" : "agent";
    this.tell({
      on: "linkUp",
      link,
      peer: { node, zone: "", address: node, kind },
      dialled,
      ...(isForeign && { key: this.key }),
    });
  }

  #cut(link: LinkId): void {
    this.links.splice(this.links.indexOf(link), 1);
    this.tell({ on: "linkDown", link, reason: "closed" });
  }

  #say(link: LinkId, message: Message): void {
    const isNo = message.id === "reject" || message.id === "later";
    if (isNo) this.#drop(link, message);
    if (message.id === "choke") this.#forgetLink(link);
    if (message.id === "suggest") this.#suggested.add(`${link} ${message.piece}`);
    this.tell({ on: "message", link, key: this.key, message });
  }

  #answer(from: Request[], index: number): void {
    const request = pick(from, index);
    if (request === undefined) return;
    from.splice(from.indexOf(request), 1);
    const { link, piece, offset, bytes } = request;
    // Asked again of the same peer, it is here now, whichever of the two asks was answered.
    this.#drop(link, request);
    this.tell({ on: "blockArrived", link, key: this.key, piece, offset, bytes });
  }

  #drop(link: LinkId, range: Range): void {
    this.requests = this.requests.filter((one) => !(one.link === link && isSame(one, range)));
  }

  #forgetLink(link: LinkId): void {
    this.requests = this.requests.filter((one) => one.link !== link);
    this.late = this.late.filter((one) => one.link !== link);
  }

  #see(output: Output): void {
    if (output.do === "hangUp") {
      this.#forgetLink(output.link);
      const at = this.links.indexOf(output.link);
      if (at >= 0) this.links.splice(at, 1);
    }
    if (output.do === "closeChannel") this.#forgetLink(output.link);
    if (output.do === "fetch" && output.fromPiece < this.#pieces) this.#fetching = output.fromPiece;
    if (output.do === "stopFetch") this.#fetching = undefined;
    if (output.do === "checkPiece") {
      this.checks.push(output.piece);
      this.checked++;
    }
    if (output.do === "discard") for (const piece of output.pieces) this.#held.delete(piece);
    if (output.do !== "send") return;
    const { link, message } = output;
    if (message.id === "request") this.#seeRequest(link, message);
    if (message.id !== "cancel") return;
    const taken = this.requests.find((one) => one.link === link && isSame(one, message));
    if (taken === undefined) return;
    this.requests.splice(this.requests.indexOf(taken), 1);
    this.late.push(taken);
  }

  #seeRequest(link: LinkId, range: Range): void {
    const isEndGame = this.#pieces - this.#held.size <= defaultPolicy.endGamePieces;
    const twice = this.requests.find((one) => overlap(one, range));
    if (twice !== undefined && !isEndGame) {
      this.broken.push(`piece ${range.piece} is asked twice, at ${range.offset}`);
    }
    this.asked++;
    const isSuggested = this.#suggested.has(`${link} ${range.piece}`);
    this.requests.push({ ...range, link, isSuggested });
    const asked = this.requests.filter((one) => !one.isSuggested);
    const bytes = asked.reduce((sum, one) => sum + one.bytes, 0);
    if (bytes > this.#mostBudget + defaultPolicy.blockBytes && !isEndGame) {
      this.broken.push(`${bytes} bytes are asked for with a budget of ${this.#mostBudget}`);
    }
  }

  #watch(): void {
    const { poolBytes, inFlightBytes } = this.core.stats();
    if (poolBytes > this.#poolBytes) this.broken.push(`the pool holds ${poolBytes}`);
    if (poolBytes < 0 || inFlightBytes < 0) this.broken.push("a sum is below 0");
    if (this.core.explain(this.key).findings.length === 0) this.broken.push("it has no finding");
  }
}

const pick = <T>(from: readonly T[], index: number): T | undefined =>
  from.length === 0 ? undefined : from[index % from.length];

const isSame = (a: Range, b: Range) =>
  a.piece === b.piece && a.offset === b.offset && a.bytes === b.bytes;
const overlap = (a: Range, b: Range) =>
  a.piece === b.piece && a.offset < b.offset + b.bytes && b.offset < a.offset + a.bytes;
