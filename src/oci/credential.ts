import { inspect } from "node:util";

/** A login at a registry. It never prints itself: neither JSON nor `inspect` nor a spread shows the secret. */
export type Credential = StoredCredential | AccessTokenCredential;

/** One that people keep in files. */
export type StoredCredential = BasicCredential | IdentityTokenCredential;

const REDACTED = "[credential]";

export class BasicCredential {
  readonly kind = "basic";
  readonly #username: string;
  readonly #password: string;

  constructor(username: string, password: string) {
    this.#username = username;
    this.#password = password;
  }

  get username(): string {
    return this.#username;
  }

  get password(): string {
    return this.#password;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}

/** An OAuth2 refresh token that a login gave: exchanged for access tokens by POST. */
export class IdentityTokenCredential {
  readonly kind = "identityToken";
  readonly #token: string;

  constructor(token: string) {
    this.#token = token;
  }

  get token(): string {
    return this.#token;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}

/** What a token service gave somebody else for this repository: shown to the registry as it is (RFC 6750). */
export class AccessTokenCredential {
  readonly kind = "accessToken";
  readonly #token: string;

  constructor(token: string) {
    this.#token = token;
  }

  get token(): string {
    return this.#token;
  }

  toJSON(): string {
    return REDACTED;
  }

  [inspect.custom](): string {
    return REDACTED;
  }
}

export const basicCredential = (username: string, password: string): BasicCredential =>
  new BasicCredential(username, password);

export const identityTokenCredential = (token: string): IdentityTokenCredential =>
  new IdentityTokenCredential(token);

export const accessTokenCredential = (token: string): AccessTokenCredential =>
  new AccessTokenCredential(token);
