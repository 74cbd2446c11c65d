import { createHash } from "node:crypto";
import { Agent, get } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

/** How many peers announce in each swarm, by the swarm's place. */
export type Crowd = readonly number[];

export type Announced = {
  /** From when an announce was due until its answer was there, of each that was answered with peers. */
  readonly latenciesMs: readonly number[];
  readonly failures: number;
  readonly seconds: number;
};

/** One in ten has everything, as in a swarm that is half through. */
const COMPLETE_EVERY = 10;
const CONNECTIONS = 64;
const TICK_MS = 5;
/** BEP 48 over our tracker: so many info hashes in one scrape. */
const SCRAPED = 64;

/** Printable, so that it needs no escapes in a query and none is mistaken for a count in an answer. */
const infoHashOf = (swarm: number): string =>
  createHash("sha1").update(`swarm ${swarm}`).digest("hex").slice(0, 20);

/**
 * Every peer of the crowd in turn, again and again, announces to the tracker at this rate: each when it is due, whether earlier ones were answered
 * or not.
 */
export class Announcers {
  readonly #announceUrl: string;
  readonly #peers: readonly { readonly swarm: number; readonly port: number }[];
  readonly #agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  #next = 0;

  constructor(announceUrl: string, crowd: Crowd) {
    this.#announceUrl = announceUrl;
    this.#peers = crowd.flatMap((peers, swarm) =>
      Array.from({ length: peers }, (_, index) => ({ swarm, port: index + 1 })),
    );
  }

  get peers(): number {
    return this.#peers.length;
  }

  async announce(perSecond: number, seconds: number): Promise<Announced> {
    const begun = performance.now();
    const latenciesMs: number[] = [];
    let failures = 0;
    const waiting = new Set<Promise<void>>();
    const total = perSecond * seconds;
    for (let sent = 0; sent < total; ) {
      const due = Math.min(total, Math.floor(((performance.now() - begun) / 1_000) * perSecond));
      for (; sent < due; sent += 1) {
        const dueMs = begun + (sent / perSecond) * 1_000;
        const one = this.#announceOne().then(
          () => void latenciesMs.push(performance.now() - dueMs),
          () => {
            failures += 1;
          },
        );
        waiting.add(one);
        void one.then(() => waiting.delete(one));
      }
      await sleep(TICK_MS);
    }
    await Promise.all(waiting);
    return { latenciesMs, failures, seconds: (performance.now() - begun) / 1_000 };
  }

  /** How many peers the tracker knows in each swarm, by its own word. */
  async known(swarms: number): Promise<readonly number[]> {
    const counts: number[] = [];
    for (let first = 0; first < swarms; first += SCRAPED) {
      const hashes = Array.from({ length: Math.min(SCRAPED, swarms - first) }, (_, index) =>
        infoHashOf(first + index),
      );
      const query = hashes.map((hash) => `info_hash=${hash}`).join("&");
      const answer = await this.#get(
        `${this.#announceUrl.replace(/announce$/, "scrape")}?${query}`,
      );
      counts.push(...hashes.map((hash) => peersIn(answer, hash)));
    }
    return counts;
  }

  close(): void {
    this.#agent.destroy();
  }

  async #announceOne(): Promise<void> {
    const place = this.#next % this.#peers.length;
    const event = this.#next < this.#peers.length ? "&event=started" : "";
    this.#next += 1;
    const { swarm = 0, port = 1 } = this.#peers[place] ?? {};
    const left = port % COMPLETE_EVERY === 0 ? 0 : 1;
    const query = [
      `info_hash=${infoHashOf(swarm)}`,
      `peer_id=-bench-${String(place).padStart(13, "0")}`,
      `port=${port}&uploaded=0&downloaded=0&left=${left}&compact=1&numwant=50${event}`,
    ];
    const answer = await this.#get(`${this.#announceUrl}?${query.join("&")}`);
    if (!answer.includes("5:peers")) throw new Error(`an announce was answered ${answer}`);
  }

  #get(url: string): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const request = get(url, { agent: this.#agent }, (response) => {
      response.setEncoding("latin1");
      text(response).then(resolve, reject);
    });
    request.on("error", reject);
    return promise;
  }
}

function peersIn(scraped: string, hash: string): number {
  const counts = new RegExp(
    `20:${hash}d8:completei(\\d+)e10:downloadedi\\d+e10:incompletei(\\d+)e`,
  );
  const [, complete = "0", incomplete = "0"] = counts.exec(scraped) ?? [];
  return Number(complete) + Number(incomplete);
}
