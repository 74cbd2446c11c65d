export {
  type Authenticator,
  type AuthenticatorDeps,
  createAuthenticator,
} from "./identity/authenticator.ts";
export {
  type Authority,
  type AuthorityStore,
  bundleOf,
  loadAuthorities,
  type StoredAuthorities,
} from "./identity/authorities.ts";
export { IdentityError, type IdentityErrorCode } from "./identity/errors.ts";
export { type Identity, type IdentityDeps, openIdentity } from "./identity/identity.ts";
export { createKubeAuthenticator } from "./identity/kube-authenticator.ts";
export { createKubeAuthorityStore, publishBundle } from "./identity/kube-authority-store.ts";
export { createServerPair, type MemberNode, memberUri, signMember } from "./identity/members.ts";
export type { AgentPods, Member } from "./identity/token-review.ts";
export { type ApiClient, createApiClient } from "./kube/api-client.ts";
export { createKubeconfigAccess, type KubeconfigAccess } from "./kube/kubeconfig-access.ts";
export { createReplica, type Replica, type ReplicaDeps } from "./replica.ts";
export type { ImageSource, ResolveDeps } from "./resolve/ask-with-logins.ts";
export { type Crediting, pullCredential } from "./resolve/pull-credential.ts";
export {
  clusterAdvice,
  type ImageRequest,
  type Resolving,
  resolveImage,
} from "./resolve/resolve-image.ts";
export type { NodeDesired } from "./sessions/node-desired.ts";
export type { Leadership } from "./sessions/refusal.ts";
export type { SessionFacts } from "./sessions/session-facts.ts";
export {
  openSessionServer,
  type SessionServer,
  type SessionServerOptions,
} from "./sessions/session-server.ts";
export {
  createSessionRegistry,
  type SessionChange,
  type SessionRegistry,
  type Sessions,
} from "./sessions/sessions.ts";
