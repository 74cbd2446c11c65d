import {
  connectSocket,
  containerdContentMethods,
  criImageMethods,
  criRuntimeMethods,
} from "../../api/index.ts";
import { type ContentStore, createContentStore } from "./content-store.ts";
import { createImageNames, type ImageNames } from "./image-names.ts";
import type { MirrorAccess } from "./requests.ts";
import { askOver } from "./runtime-calls.ts";

/** What the kubelet sees of an image. */
export type SeenImage = { readonly repoDigests: readonly string[]; readonly pinned: boolean };

/** The node's container runtime, as far as images go. */
export type ContainerRuntime = {
  readonly names: ImageNames;
  readonly content: ContentStore;
  version(signal: AbortSignal): Promise<{ readonly name: string; readonly version: string }>;
  /** Has the runtime fetch `reference`, which begins with the mirror's address. It checks every digest itself. */
  pull(reference: string, mirror: MirrorAccess, signal: AbortSignal): Promise<void>;
  /** What a pull has left of a blob that was not whole, or not right, goes: `ref` is the runtime's name for it. */
  dropPart(ref: string, signal: AbortSignal): Promise<void>;
  /** Undefined where the kubelet would have to pull. */
  see(reference: string, signal: AbortSignal): Promise<SeenImage | undefined>;
  /** All names of the image that this is one of. */
  remove(reference: string, signal: AbortSignal): Promise<void>;
  close(): void;
};

/** No pull goes on for longer, whatever the agent says. */
const LONGEST_PULL_MS = 60 * 60_000;

/** Nothing is dialled before the first call; a runtime that was restarted is found again. */
export function openContainerRuntime(socket: string): ContainerRuntime {
  const client = connectSocket(socket);
  const ask = askOver(client);
  return {
    names: createImageNames(ask),
    content: createContentStore(client, ask),
    async version(signal) {
      const { Version } = criRuntimeMethods;
      const answer = await ask("ask the version", Version, { version: "v1" }, { signal });
      return { name: answer.runtimeName, version: answer.runtimeVersion };
    },
    async pull(reference, { address, username, password }, signal) {
      // With the server's address, the runtime gives the password to nobody else, whatever mirrors it was configured to ask.
      const auth = { username, password, serverAddress: `http://${address}` };
      const request = { image: { image: reference }, auth };
      const options = { signal, timeoutMs: LONGEST_PULL_MS };
      await ask("load the image", criImageMethods.PullImage, request, options);
    },
    async dropPart(ref, signal) {
      const { Abort } = containerdContentMethods;
      await ask(`drop what there is of ${ref}`, Abort, { ref }, { signal });
    },
    async see(image, signal) {
      const request = { image: { image } };
      const answer = await ask(`see ${image}`, criImageMethods.ImageStatus, request, { signal });
      if (answer.image === null) return undefined;
      return { repoDigests: answer.image.repoDigests, pinned: answer.image.pinned };
    },
    async remove(image, signal) {
      const request = { image: { image } };
      await ask(`remove ${image}`, criImageMethods.RemoveImage, request, { signal });
    },
    close: () => client.close(),
  };
}
