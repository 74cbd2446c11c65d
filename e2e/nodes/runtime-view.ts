import {
  connectSocket,
  containerdImageMethods,
  criImageMethods,
  unary,
} from "../../src/api/index.ts";
import type { ClusterNode } from "./node.ts";

const TIMEOUT_MS = 30_000;

type SeenImage = {
  readonly repoTags: readonly string[];
  readonly repoDigests: readonly string[];
  readonly pinned: boolean;
};

export type RuntimeView = {
  /** What the kubelet is told of an image; undefined when the runtime has none of that name. */
  imageStatus(image: string): Promise<SeenImage | undefined>;
  /** As the kubelet pulls. */
  pull(image: string): Promise<void>;
  /** As the kubelet's image garbage collection does. */
  remove(image: string): Promise<void>;
  /** containerd's own, with the labels of each: also those that the kubelet is not told of. */
  images(): Promise<
    readonly { readonly name: string; readonly labels: Readonly<Record<string, string>> }[]
  >;
};

/** Asks a node's containerd. Nothing stays open: its socket is another one after each start. */
export function runtimeOf(node: ClusterNode): RuntimeView {
  const withClient = async <Answer>(
    act: (client: ReturnType<typeof connectSocket>) => Promise<Answer>,
  ): Promise<Answer> => {
    const client = connectSocket(node.path("/run/containerd/containerd.sock"));
    try {
      return await act(client);
    } finally {
      client.close();
    }
  };
  const call = { timeoutMs: TIMEOUT_MS };
  const named = (image: string) => ({ image: { image } });
  return {
    imageStatus: async (image) => {
      const { ImageStatus } = criImageMethods;
      const reply = await withClient((client) => unary(client, ImageStatus, named(image), call));
      return reply.image ?? undefined;
    },
    pull: (image) =>
      withClient(async (client) => {
        await unary(client, criImageMethods.PullImage, named(image), call);
      }),
    remove: (image) =>
      withClient(async (client) => {
        await unary(client, criImageMethods.RemoveImage, named(image), call);
      }),
    images: async () => {
      const metadata = { "containerd-namespace": "k8s.io" };
      const { List } = containerdImageMethods;
      const list = (client: ReturnType<typeof connectSocket>) =>
        unary(client, List, {}, { ...call, metadata });
      return (await withClient(list)).images;
    },
  };
}
