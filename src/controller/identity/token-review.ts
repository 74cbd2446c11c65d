import { isIP } from "node:net";
import { SESSION_AUDIENCE, TOKEN_EXTRA } from "../../api/index.ts";
import { IdentityError } from "./errors.ts";

// Who calls, by what the API server says of the token and of the pod. Deciding alone: nobody is asked here.

/** The pods of our DaemonSet. */
export type AgentPods = { readonly namespace: string; readonly serviceAccount: string };
/** The pod that a token is bound to. */
export type Caller = { readonly node: string; readonly podName: string; readonly podUid: string };
export type Member = Caller & {
  /** IP addresses of the pod, which are the node's where it uses the node's network. */
  readonly addresses: readonly string[];
};

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (value: unknown): Fields =>
  typeof value === "object" && value !== null ? (value as Fields) : {};
const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/**
 * Reads the status of a TokenReview (authentication.k8s.io/v1) that asked for our audience.
 * @throws IdentityError UNAUTHENTICATED for no or another one's token, FORBIDDEN for one that is not bound to a pod on a node
 */
export function callerOf(status: unknown, ours: AgentPods): Caller {
  const { authenticated, audiences, user } = fieldsOf(status);
  if (authenticated !== true) {
    throw new IdentityError(
      "UNAUTHENTICATED",
      "the token is not valid in this cluster, or not any more",
    );
  }
  if (!listOf(audiences).includes(SESSION_AUDIENCE)) {
    throw new IdentityError(
      "UNAUTHENTICATED",
      `the token is not for the audience ${SESSION_AUDIENCE}: project one that is`,
    );
  }
  const { username, extra } = fieldsOf(user);
  const expected = `system:serviceaccount:${ours.namespace}:${ours.serviceAccount}`;
  if (username !== expected) {
    throw new IdentityError(
      "FORBIDDEN",
      `the token is ${textOf(username)}'s, and not ${expected}'s`,
    );
  }
  return boundTo(fieldsOf(extra));
}

function boundTo(extra: Fields): Caller {
  const only = (name: string): string => {
    const values = listOf(extra[name]);
    return values.length === 1 ? textOf(values[0]) : "";
  };
  const caller = {
    node: only(TOKEN_EXTRA.nodeName),
    podName: only(TOKEN_EXTRA.podName),
    podUid: only(TOKEN_EXTRA.podUid),
  };
  if (Object.values(caller).every((value) => value !== "")) return caller;
  throw new IdentityError(
    "FORBIDDEN",
    "the token is not bound to a pod on a node: project it into the agent's pod (Kubernetes 1.30 or later)",
  );
}

/**
 * Whether the pod that the token is bound to is there still, is one of ours, and runs where the token says.
 * @throws IdentityError FORBIDDEN
 */
export function memberOf(caller: Caller, pod: unknown, ours: AgentPods): Member {
  const { metadata, spec, status } = fieldsOf(pod);
  const refuse = (why: string) =>
    new IdentityError("FORBIDDEN", `the token's pod ${ours.namespace}/${caller.podName} ${why}`);
  if (pod === undefined || fieldsOf(metadata)["uid"] !== caller.podUid) throw refuse("is gone");
  const { serviceAccountName, nodeName } = fieldsOf(spec);
  if (serviceAccountName !== ours.serviceAccount) throw refuse("is not an agent's");
  if (nodeName !== caller.node) {
    throw refuse(`runs on ${textOf(nodeName) || "no node"}, and not on ${caller.node}`);
  }
  const { phase } = fieldsOf(status);
  if (phase === "Succeeded" || phase === "Failed") throw refuse("has ended");
  return { ...caller, addresses: addressesOf(fieldsOf(status)) };
}

const addressesOf = ({ podIPs, hostIPs }: Fields): readonly string[] => {
  const all = [...listOf(podIPs), ...listOf(hostIPs)].map((each) => textOf(fieldsOf(each)["ip"]));
  return [...new Set(all)].filter((address) => isIP(address) !== 0).slice(0, 4);
};
