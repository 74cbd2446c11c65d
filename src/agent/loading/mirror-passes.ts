import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { MirrorGate, MirrorSource } from "../mirror-source.ts";
import { type LoadableImage, loadSource } from "./loadable-image.ts";

/** A user and a password with which one image can be read, as often as a load needs. Never logged. */
export type MirrorPass = {
  readonly username: string;
  readonly password: string;
  isUsed(): boolean;
  end(): void;
};

export type MirrorPasses = {
  /** @throws Error when too many are out */
  issue(image: LoadableImage): MirrorPass;
  readonly gate: MirrorGate;
};

/** A pass that nobody uses for so long is worth nothing any more, even if its load never ends. */
const UNUSED_MS = 10 * 60_000;
/** Many more than loads at a time. */
const MOST = 64;

type Issued = {
  readonly proof: Buffer;
  readonly source: MirrorSource;
  usedAtMs: number;
  used: boolean;
};

export function createMirrorPasses(nowMs: () => number): MirrorPasses {
  const issued = new Map<string, Issued>();

  function dropUnused(): void {
    for (const [username, { usedAtMs }] of issued) {
      if (nowMs() - usedAtMs >= UNUSED_MS) issued.delete(username);
    }
  }

  return {
    issue(image) {
      dropUnused();
      if (issued.size >= MOST) throw new Error(`${MOST} loads have a pass to the mirror already`);
      const username = randomBytes(8).toString("hex");
      const password = randomBytes(32).toString("base64url");
      const entry: Issued = {
        proof: proofOf(password),
        source: loadSource(image),
        usedAtMs: nowMs(),
        used: false,
      };
      issued.set(username, entry);
      return {
        username,
        password,
        isUsed: () => entry.used,
        end: () => void issued.delete(username),
      };
    },
    gate(authorization) {
      dropUnused();
      const { username, password } = basicLogin(authorization) ?? {};
      const entry = username === undefined ? undefined : issued.get(username);
      if (entry === undefined || password === undefined) return undefined;
      if (!timingSafeEqual(proofOf(password), entry.proof)) return undefined;
      entry.usedAtMs = nowMs();
      entry.used = true;
      return entry.source;
    },
  };
}

const proofOf = (password: string): Buffer => createHash("sha256").update(password).digest();

/** RFC 7617. */
function basicLogin(header: string | undefined) {
  const [, encoded] = /^Basic ([A-Za-z0-9+/]{1,200}={0,2})$/i.exec(header ?? "") ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString();
  const colon = text.indexOf(":");
  return colon < 0
    ? undefined
    : { username: text.slice(0, colon), password: text.slice(colon + 1) };
}
