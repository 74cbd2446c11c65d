export { aRequest } from "../identity/testing/a-request.ts";
export { aPod, aReview, ours } from "../identity/testing/a-review.ts";
export { createMemoryAuthorityStore } from "../identity/testing/memory-authority-store.ts";
export {
  type AController,
  type AControllerOptions,
  CONTROLLER_NAME,
  startController,
} from "../sessions/testing/a-controller.ts";
export { aSession } from "./a-session.ts";
export { aTerm } from "./a-term.ts";
export { aLayer, anImage, aResolvedImage } from "./a-world.ts";
export { apiContract, type ContractApi } from "./api-contract.ts";
export { createFakeApi, type FakeApi } from "./fake-api.ts";
export { type FakeServer, startFakeServer } from "./fake-server.ts";
export { followConfigMaps } from "./follow.ts";
