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
export { createServerPair, type MemberNode, memberUri, signMember } from "./identity/members.ts";
export type { AgentPods, Member } from "./identity/token-review.ts";
export { createKubeconfigAccess, type KubeconfigAccess } from "./kube/kubeconfig-access.ts";
