import { basicCredential } from "../credential.ts";
import { type Lie, type LyingRegistry, startLyingRegistry } from "./lying-registry.ts";
import { addImage, type ClientOptions, clientOf } from "./served-image.ts";
import type { Scope } from "./test-server.ts";

export const forever: AbortSignal = new AbortController().signal;

/** Who may read, where a login is wanted. */
export const account = { username: "ada", password: "s3cret-canary" };

export const login = basicCredential(account.username, account.password);

/** A registry of our own with `demo/app:1`, and a client of it. */
export async function aRegistry(test: Scope, options?: ClientOptions) {
  const server = await startLyingRegistry(test);
  const image = addImage(server);
  return { server, image, registry: clientOf(test, server, options) };
}

export const lieAlways = (server: LyingRegistry, lie: Lie): void => server.lie(() => lie);

/** Lies to the first `times` requests only. */
export function lieFirst(server: LyingRegistry, times: number, lie: Lie): void {
  let left = times;
  server.lie(() => (left-- > 0 ? lie : undefined));
}
