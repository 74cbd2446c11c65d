export {
  aSwarm as simulatedSwarm,
  finish as finishSwarm,
  MB,
} from "../lean/core/testing/swarm.ts";
export { aBlob } from "../test-blob.ts";
