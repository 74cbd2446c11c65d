import type { ImageDistributionStatus } from "../../src/api/index.ts";
import type { ApiAdministrator } from "./api-administrator.ts";
import { GROUP_LABEL } from "./member-pods.ts";

const PATH = "/apis/oci-torrent.io/v1alpha1/namespaces/default/imagedistributions";

/** Applies one: the image for the nodes of one group, to be stored and not loaded. */
export const applyDistribution = (
  api: ApiAdministrator,
  { name, image, group }: { readonly name: string; readonly image: string; readonly group: number },
): Promise<string> =>
  api.ask("POST", PATH, {
    apiVersion: "oci-torrent.io/v1alpha1",
    kind: "ImageDistribution",
    metadata: { name },
    spec: {
      image,
      nodeSelector: { matchLabels: { [GROUP_LABEL]: `${group}` } },
      runtime: { load: "Never" },
    },
  });

type Status = Partial<ImageDistributionStatus>;

/** Whether a status tells of so many nodes and layers: however far they are. */
export const isFull = ({ nodes, layers, conditions }: Status, wanted: Wanted): boolean =>
  (conditions?.length ?? 0) > 0 &&
  nodes?.desired === wanted.nodes &&
  layers?.length === wanted.layers;

export type Wanted = { readonly nodes: number; readonly layers: number };

export const isReady = ({ conditions = [] }: Status): boolean =>
  conditions.some(({ type, status }) => type === "Ready" && status === "True");

export const hasCondition = ({ conditions = [] }: Status): boolean => conditions.length > 0;

/** Hears of every status that is written, with the moment, in milliseconds of performance.now(). */
export function followStatuses(
  api: ApiAdministrator,
  hear: (name: string, status: Status, atMs: number) => void,
): void {
  api.watch(PATH, (object) => {
    const { metadata, status = {} } = object as { metadata: { name: string }; status?: Status };
    hear(metadata.name, status, performance.now());
  });
}

/** For each name the first moment at which its status was so; resolves once that is known of all. */
export class FirstMoments {
  readonly #moments = new Map<string, number>();
  readonly #is: (status: Status) => boolean;
  readonly #all = Promise.withResolvers<ReadonlyMap<string, number>>();
  readonly #count: number;

  constructor(count: number, is: (status: Status) => boolean) {
    this.#count = count;
    this.#is = is;
  }

  hear(name: string, status: Status, atMs: number): void {
    if (this.#moments.has(name) || !this.#is(status)) return;
    this.#moments.set(name, atMs);
    if (this.#moments.size === this.#count) this.#all.resolve(this.#moments);
  }

  /** @throws Error when time is over first */
  async all(what: string, timeoutMs: number): Promise<ReadonlyMap<string, number>> {
    const late = setTimeout(() => {
      const has = `${this.#moments.size} of ${this.#count}`;
      this.#all.reject(new Error(`within ${timeoutMs} ms ${has} distributions were ${what}`));
    }, timeoutMs);
    return await this.#all.promise.finally(() => clearTimeout(late));
  }
}
