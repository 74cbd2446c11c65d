import { readFile } from "node:fs/promises";
import { Pool } from "undici";

/** Where the API server is, and how it and we know one another. The token is read anew each time: it is renewed in place. */
export type KubeApiOptions = {
  /** https, or http for a server of a test. */
  readonly server: string;
  readonly tokenFile: string;
  readonly caFile: string;
};

/** As much of the API server as an agent asks for. */
export type KubeApi = AsyncDisposable & {
  /** Undefined where there is none of that name. */
  get(path: string, signal: AbortSignal): Promise<unknown>;
  /** RFC 7396. Undefined where there is none of that name. */
  mergePatch(path: string, body: unknown, signal: AbortSignal): Promise<unknown>;
};

export class KubeApiError extends Error {
  override readonly name = "KubeApiError";
  readonly status: number;
  constructor(act: string, status: number, message: string) {
    super(`${act}: the API server answers ${status}: ${message}`);
    this.status = status;
  }
}

const TIMEOUT_MS = 15_000;
const MAX_ANSWER_BYTES = 1024 * 1024;

export async function openKubeApi(options: KubeApiOptions): Promise<KubeApi> {
  const isTls = options.server.startsWith("https:");
  const ca = isTls ? await readFile(options.caFile, "utf8") : undefined;
  const pool = new Pool(options.server, {
    connections: 1,
    // Over HTTP/2 a request that is given up while its body is on the way can leave Node writing for ever.
    allowH2: false,
    // An idle agent holds no connection.
    keepAliveTimeout: 4_000,
    ...(ca !== undefined && { connect: { ca } }),
  });

  async function ask(
    method: "GET" | "PATCH",
    path: string,
    body: unknown,
    signal: AbortSignal,
  ): Promise<unknown> {
    const token = (await readFile(options.tokenFile, "utf8")).trim();
    const answer = await pool.request({
      path,
      method,
      signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      headers: {
        accept: "application/json",
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { "content-type": "application/merge-patch+json" }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await boundedText(answer.body);
    if (answer.statusCode === 404) return undefined;
    if (answer.statusCode < 300) return JSON.parse(text) as unknown;
    throw new KubeApiError(`${method} ${path}`, answer.statusCode, sentenceIn(text));
  }

  return {
    get: (path, signal) => ask("GET", path, undefined, signal),
    mergePatch: (path, body, signal) => ask("PATCH", path, body, signal),
    [Symbol.asyncDispose]: () => pool.close(),
  };
}

async function boundedText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body) {
    bytes += part.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error("the API server's answer is too long");
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}

/** Of a Status object; anything else is cut short. */
function sentenceIn(text: string): string {
  try {
    const { message } = JSON.parse(text) as { message?: unknown };
    if (typeof message === "string") return message.slice(0, 500);
  } catch {
    // Not JSON: a proxy's page, say.
  }
  return text.slice(0, 100);
}
