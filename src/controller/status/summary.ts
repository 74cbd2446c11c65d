import type { ByteCounts, DistributionSummary, NodeCounts } from "../../api/index.ts";
import type { PlatformImage } from "../decide/world.ts";
import { formatBytes, formatPercent, formatSeconds } from "./format.ts";

export type SummaryInput = {
  readonly nodes: NodeCounts;
  readonly bytes: ByteCounts;
  readonly seeders: number;
  readonly images: readonly PlatformImage[];
  readonly bytesPerSecond: number;
};

/** The columns of kubectl get. */
export function summaryOf(input: SummaryInput): DistributionSummary {
  const { nodes, bytes, seeders, images, bytesPerSecond } = input;
  const size = Math.max(0, ...images.map((image) => image.bytes));
  const left = bytes.total - bytes.complete;
  const isMoving = bytesPerSecond > 0 && left > 0;
  return {
    ready: `${nodes.ready}/${nodes.desired}`,
    progress: formatPercent(bytes.complete, bytes.total),
    seeders: `${seeders}`,
    fromPeers: formatPercent(bytes.fromPeers, bytes.fromPeers + bytes.fromRegistry),
    ...(size > 0 && { size: formatBytes(size) }),
    ...(isMoving && {
      rate: `${formatBytes(bytesPerSecond)}/s`,
      eta: formatSeconds(left / bytesPerSecond),
    }),
  };
}
