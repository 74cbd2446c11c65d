/** Whoever asks for whatever, once each: a watch when it begins, anything else when it is over. */
export const AUDIT_POLICY = {
  ...{ apiVersion: "audit.k8s.io/v1", kind: "Policy" },
  omitStages: ["RequestReceived"],
  rules: [{ level: "Metadata" }],
};

export type Audited = { readonly requests: number; readonly watches: number };

type Event = {
  readonly verb: string;
  readonly stage: string;
  readonly user: { readonly username: string };
};

/** What one user asked of the API server, by the lines of its audit log (audit.k8s.io/v1, JSON). */
export function requestsOf(log: string, user: string): Audited {
  const events = log
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Event)
    .filter(({ user: { username } }) => username === user);
  const count = (is: (event: Event) => boolean) => events.filter(is).length;
  return {
    requests: count(({ verb, stage }) => verb !== "watch" && stage !== "ResponseStarted"),
    watches: count(({ verb, stage }) => verb === "watch" && stage === "ResponseStarted"),
  };
}
