import type { RegistryCredential, RegistryLogin } from "../../api/index.ts";

/** Logins for registries, each for one repository. In memory alone. */
export type RegistryLogins = {
  put(credential: RegistryCredential): void;
  /** Undefined without one that is valid now. */
  find(host: string, repository: string): RegistryLogin | undefined;
};

/** The one that was given first goes first. */
const MOST = 1_024;

export function createRegistryLogins(nowMs: () => number): RegistryLogins {
  const logins = new Map<string, { readonly login: RegistryLogin; readonly untilMs: number }>();
  const nameOf = (host: string, repository: string) => `${host}/${repository}`;
  return {
    put({ host, repository, login, expiresAtMs }) {
      const name = nameOf(host, repository);
      logins.delete(name);
      if (login === undefined) return;
      logins.set(name, {
        login,
        untilMs: expiresAtMs === 0 ? Number.POSITIVE_INFINITY : expiresAtMs,
      });
      const [oldest] = logins.keys();
      if (logins.size > MOST && oldest !== undefined) logins.delete(oldest);
    },
    find(host, repository) {
      const found = logins.get(nameOf(host, repository));
      return found !== undefined && nowMs() < found.untilMs ? found.login : undefined;
    },
  };
}
