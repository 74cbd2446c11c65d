import type { Digest, Hello } from "../../api/index.ts";
import type { LaterMessage } from "./session-facts.ts";

/** Every agent names the layers that it has, and all name the same: one text of each digest is kept for all, not one for each. */
export type SharedDigests = {
  inHello(hello: Hello): Hello;
  inMessage(message: LaterMessage): LaterMessage;
};

type Named = { readonly digest: Digest };

/** Of those that have come last; what is forgotten costs memory, and nothing else. */
const MOST = 20_000;

export function createSharedDigests(most = MOST): SharedDigests {
  const known = new Map<Digest, Digest>();

  function shared(digest: Digest): Digest {
    const before = known.get(digest);
    if (before !== undefined) return before;
    known.set(digest, digest);
    const [oldest] = known.keys();
    if (known.size > most && oldest !== undefined) known.delete(oldest);
    return digest;
  }
  const named = <Item extends Named>(item: Item): Item => ({
    ...item,
    digest: shared(item.digest),
  });

  return {
    inHello: (hello) => ({ ...hello, held: hello.held.map(named) }),
    inMessage(message) {
      switch (message.kind) {
        case "progress":
          return { ...message, layers: message.layers.map(named) };
        case "coverage":
        case "leaseReport":
          return named(message);
        case "heartbeat":
        case "registryCheck":
          return message;
      }
    },
  };
}
