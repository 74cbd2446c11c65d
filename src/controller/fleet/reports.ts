import type { HeldImage, Progress } from "../../api/index.ts";
import type { NodeReport } from "../decide/world.ts";

/** What became of each distribution's image on each node: as agents say in their sessions, else as they wrote it down last. */
export class Reports {
  /** By distribution, then by node. */
  readonly #reports = new Map<string, Map<string, NodeReport>>();
  /** Nodes whose agents have said something of a distribution in a session, by distribution. */
  readonly #heard = new Map<string, Set<string>>();

  of(key: string): ReadonlyMap<string, NodeReport> {
    return this.#reports.get(key) ?? new Map();
  }

  /** Answers whether more than numbers changed. */
  heard(node: string, progress: Progress, now: number): boolean {
    const { key, revision, state, reason, message } = progress;
    const before = this.of(key).get(node);
    const isNews =
      before?.state !== state || before.revision !== revision || before.reason !== reason;
    const heard = this.#heard.get(key) ?? new Set();
    this.#heard.set(key, heard.add(node));
    this.#put(key, node, {
      revision,
      state,
      reason,
      message,
      since: isNews ? now : before.since,
      movedAt: isNews || before.completedBytes !== progress.completedBytes ? now : before.movedAt,
      completedBytes: progress.completedBytes,
      registryBytes: progress.registryBytes,
      peerBytes: progress.peerBytes,
      localBytes: progress.localBytes,
      bytesPerSecond: progress.bytesPerSecond,
      layers: progress.layers,
    });
    return isNews;
  }

  /** The node was told something else: what it does of it counts from now on. */
  told(node: string, key: string, now: number): void {
    const report = this.of(key).get(node);
    if (report !== undefined) this.#put(key, node, { ...report, movedAt: now });
  }

  /** What stands in the status of the node's NodeImageSet. Answers with the distributions of which nothing newer is known. */
  read(node: string, images: readonly HeldImage[]): string[] {
    const unheard = images.filter(({ key }) => !(this.#heard.get(key)?.has(node) ?? false));
    for (const image of unheard) this.#put(image.key, node, writtenDown(image));
    return unheard.map(({ key }) => key);
  }

  /** The node is no more, or another has its name. Answers with the distributions that had something there. */
  forgetNode(node: string): string[] {
    const keys = [...this.#reports].filter(([, nodes]) => nodes.delete(node)).map(([key]) => key);
    for (const nodes of this.#heard.values()) nodes.delete(node);
    return keys;
  }

  forget(key: string): void {
    this.#reports.delete(key);
    this.#heard.delete(key);
  }

  #put(key: string, node: string, report: NodeReport): void {
    const nodes = this.#reports.get(key) ?? new Map<string, NodeReport>();
    this.#reports.set(key, nodes.set(node, report));
  }
}

const writtenDown = (image: HeldImage): NodeReport => ({
  revision: image.revision,
  state: image.state,
  reason: image.reason,
  message: image.message,
  since: Date.parse(image.lastTransitionTime) || 0,
  // Whether it has moved since, nobody has said.
  movedAt: Date.parse(image.lastTransitionTime) || 0,
  completedBytes: image.completedBytes,
  registryBytes: image.fromRegistry,
  peerBytes: image.fromPeers,
  localBytes: image.local,
  bytesPerSecond: 0,
  layers: [],
});
