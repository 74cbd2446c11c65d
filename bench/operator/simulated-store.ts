import type {
  Assign,
  Digest,
  HeldBlob,
  LayerProgress,
  Lease,
  Progress,
  Store,
} from "../../src/api/index.ts";

/** The disk of a node that is not there: it takes in one image after the other, layer by layer, at the pace of its link. */
export type SimulatedStore = {
  assign(assign: Assign): void;
  release(key: string): void;
  /** Goes on for so long. Answers with the layers that have become whole meanwhile. */
  goOn(seconds: number): readonly HeldBlob[];
  progress(): readonly Progress[];
  held(): readonly HeldBlob[];
  figures(): Store;
  /** Bytes of a blob that are here. */
  bytesOf(digest: Digest): number;
};

const CAPACITY_BYTES = 2 ** 40;

export function createSimulatedStore(
  bytesPerSecond: number,
  leases: () => ReadonlyMap<Digest, Lease>,
): SimulatedStore {
  const assigns = new Map<string, Assign>();
  const here = new Map<Digest, number>();
  const fromRegistry = new Set<Digest>();

  const layersOf = ({ blobs }: Assign) => blobs.slice(1);
  const isWhole = ({ digest, size }: HeldBlob) => here.get(digest) === size;

  function layerProgress({ digest, size }: HeldBlob): LayerProgress {
    const completedBytes = here.get(digest) ?? 0;
    const isRegistrys = fromRegistry.has(digest);
    return {
      ...{ digest, size, completedBytes, localBytes: 0 },
      registryBytes: isRegistrys ? completedBytes : 0,
      peerBytes: isRegistrys ? 0 : completedBytes,
    };
  }

  function progressOf(assign: Assign, isCurrent: boolean): Progress {
    const { key, revision, blobs } = assign;
    const layers = layersOf(assign).map(layerProgress);
    const documents = blobs[0]?.size ?? 0;
    const sum = (bytesOf: (layer: LayerProgress) => number) =>
      layers.reduce((total, layer) => total + bytesOf(layer), 0);
    const totalBytes = documents + sum(({ size }) => size);
    const completedBytes = documents + sum((layer) => layer.completedBytes);
    return {
      ...{ key, revision, layers, completedBytes, totalBytes },
      state: completedBytes === totalBytes ? "Ready" : "Fetching",
      registryBytes: sum(({ registryBytes }) => registryBytes),
      peerBytes: sum(({ peerBytes }) => peerBytes),
      localBytes: documents,
      bytesPerSecond: isCurrent ? bytesPerSecond : 0,
    };
  }

  const wanted = () => [...assigns.values()].flatMap(layersOf);
  const next = () => wanted().find((layer) => !isWhole(layer));
  const held = () =>
    wanted()
      .filter(isWhole)
      .map(({ digest, size }) => ({ digest, size }));
  const usedBytes = () => [...here.values()].reduce((sum, bytes) => sum + bytes, 0);

  return {
    assign: (assign) => void assigns.set(assign.key, assign),
    release(key) {
      assigns.delete(key);
      const kept = new Set(wanted().map(({ digest }) => digest));
      for (const digest of here.keys()) if (!kept.has(digest)) here.delete(digest);
    },
    goOn(seconds) {
      const done: HeldBlob[] = [];
      let budget = Math.floor(bytesPerSecond * seconds);
      for (let layer = next(); layer !== undefined && budget > 0; layer = next()) {
        const { digest, size } = layer;
        const before = here.get(digest) ?? 0;
        if (before === 0 && leases().has(digest)) fromRegistry.add(digest);
        const bytes = Math.min(budget, size - before);
        here.set(digest, before + bytes);
        budget -= bytes;
        if (isWhole(layer)) done.push({ digest, size });
      }
      return done;
    },
    progress() {
      const current = next()?.digest;
      return [...assigns.values()].map((assign) =>
        progressOf(
          assign,
          assign.blobs.some(({ digest }) => digest === current),
        ),
      );
    },
    held,
    figures() {
      const bytes = usedBytes();
      const missing = wanted().reduce((sum, { size }) => sum + size, 0) - bytes;
      return {
        capacityBytes: CAPACITY_BYTES,
        usedBytes: bytes,
        freeBytes: CAPACITY_BYTES - bytes,
        reservedBytes: Math.max(0, missing),
      };
    },
    bytesOf: (digest) => here.get(digest) ?? 0,
  };
}
