export { issuerHashes } from "./cluster/issuer-hashes.ts";
export { allPieces } from "./cluster/reports.ts";
export { rateKind } from "./config/quantity-kinds.ts";
export { type LoadableImage, namesOf, storedBlob } from "./loading/loadable-image.ts";
export { createMirrorPasses, type MirrorPasses } from "./loading/mirror-passes.ts";
export { probeImage } from "./loading/probe-image.ts";
export {
  connectRuntimeHelper,
  HelperError,
  type MirrorLogin,
  type NamedImage,
  type RuntimeFacts,
  type RuntimeHelper,
} from "./loading/runtime-helper.ts";
export { createMirror, type Mirror, type MirrorAccess, type MirrorOptions } from "./mirror.ts";
export { createLayoutSource, type LayoutSourceOptions } from "./mirror-layout.ts";
export type { MirrorBlob, MirrorManifest, MirrorSource } from "./mirror-source.ts";
export { type KubeApi, openKubeApi } from "./report/kube-api.ts";
export { createStatusReporter } from "./report/status-reporter.ts";
export type { ControllerAccess } from "./session/controller-channel.ts";
export { type Membership, membershipOf } from "./session/membership.ts";
export { type NodeTasks, openNodeTasks } from "./session/node-tasks.ts";
export type { News } from "./session/outbox.ts";
export { createRegistryLogins, type RegistryLogins } from "./session/registry-logins.ts";
export { openRememberedMessages } from "./session/remembered-messages.ts";
export {
  createSessionClient,
  type Self,
  type SessionClient,
  type SessionClientDeps,
} from "./session/session-client.ts";
