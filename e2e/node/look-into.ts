import {
  connectSocket,
  containerdImageMethods,
  criImageMethods,
  unary,
} from "../../src/api/index.ts";
import { atEnd, type Scope } from "../support/at-end.ts";

/** What the kubelet and `ctr` see of a containerd's images. */
export function lookInto(scope: Scope, socket: string) {
  const client = connectSocket(socket);
  atEnd(scope, () => client.close());
  const metadata = { "containerd-namespace": "k8s.io" };
  return {
    async see(image: string) {
      const { ImageStatus } = criImageMethods;
      return (await unary(client, ImageStatus, { image: { image } })).image ?? undefined;
    },
    /** But for the ids, which containerd makes names of, too. */
    async names() {
      const { images } = await unary(client, containerdImageMethods.List, {}, { metadata });
      const names = images.map(({ name }) => name);
      return names.filter((name) => !name.startsWith("sha256:")).sort();
    },
    async ids() {
      const { images } = await unary(client, containerdImageMethods.List, {}, { metadata });
      return images.map(({ name }) => name).filter((name) => name.startsWith("sha256:"));
    },
    remove: (image: string) => unary(client, criImageMethods.RemoveImage, { image: { image } }),
  };
}
