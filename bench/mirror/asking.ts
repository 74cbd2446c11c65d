import { Agent, type IncomingMessage, request } from "node:http";
import type { Served } from "./served.ts";

export type Asked = {
  readonly seconds: number;
  /** Until the head of each answer was there. */
  readonly latenciesMs: readonly number[];
  readonly failures: number;
  readonly bytes: number;
};

export type Asking = {
  readonly clients: number;
  readonly requests: number;
  readonly path: string;
  /** In turns. */
  readonly methods: readonly ("GET" | "HEAD")[];
};

/** So many clients, each with a connection that it keeps, ask one thing after another until all has been asked. */
export async function ask(
  { port, authorization }: Served,
  { clients, requests, path, methods }: Asking,
): Promise<Asked> {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const latenciesMs: number[] = [];
  let [next, failures, bytes] = [0, 0, 0];

  function once(method: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const begun = performance.now();
    const failed = () => {
      failures += 1;
      resolve();
    };
    const heard = (answer: IncomingMessage) => {
      latenciesMs.push(performance.now() - begun);
      if (answer.statusCode !== 200) failures += 1;
      answer.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
      });
      answer.on("end", resolve).on("error", failed);
    };
    const where = { host: "127.0.0.1", port, path, method, agent };
    request({ ...where, headers: { authorization } }, heard)
      .on("error", failed)
      .end();
    return promise;
  }
  async function client(): Promise<void> {
    while (next < requests) {
      const method = methods[next % methods.length] ?? "GET";
      next += 1;
      await once(method);
    }
  }

  const begun = performance.now();
  await Promise.all(Array.from({ length: clients }, client));
  const seconds = (performance.now() - begun) / 1_000;
  agent.destroy();
  return { seconds, latenciesMs, failures, bytes };
}
