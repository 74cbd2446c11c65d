import type { NodeFacts } from "../decide/world.ts";
import { nodeFactsOf } from "../gather/node-facts.ts";
import type { KubeObject } from "../kube/kube-object.ts";
import type { ObjectReader } from "../kube/object-cache.ts";

/** The facts of all nodes. Each object is read once. */
export function createNodeCache(nodes: ObjectReader): () => readonly NodeFacts[] {
  let read = new WeakMap<KubeObject, NodeFacts>();
  return () => {
    const next = new WeakMap<KubeObject, NodeFacts>();
    const all = [...nodes.values()].map((node) => {
      const facts = read.get(node) ?? nodeFactsOf(node);
      next.set(node, facts);
      return facts;
    });
    read = next;
    return all;
  };
}
