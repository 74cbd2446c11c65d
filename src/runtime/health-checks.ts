/** One thing that must hold: undefined when it does, else the sentence that says why not. */
export type HealthCheck = { readonly name: string; readonly check: () => string | undefined };

export type HealthReport = {
  readonly healthy: boolean;
  /** One line a check, as Kubernetes components write them. */
  readonly text: string;
};

export function reportHealth(checks: readonly HealthCheck[]): HealthReport {
  const findings = checks.map(({ name, check }) => ({ name, problem: problemOf(check) }));
  const healthy = findings.every(({ problem }) => problem === undefined);
  const lines = findings.map(({ name, problem }) =>
    problem === undefined ? `[+] ${name} ok` : `[-] ${name} failed: ${problem}`,
  );
  return { healthy, text: [...lines, healthy ? "ok" : "not ok", ""].join("\n") };
}

function problemOf(check: HealthCheck["check"]): string | undefined {
  try {
    return check();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
