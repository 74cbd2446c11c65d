import { createInterface } from "node:readline";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { KubeConfig } from "@kubernetes/client-node";
import { atEnd, type Scope } from "../../e2e/support/at-end.ts";
import { createKubeconfigAccess } from "../../src/controller/index.ts";

/** The cluster's administrator, without a process for each request as kubectl would be. */
export type ApiAdministrator = {
  /** Resolves with what was answered. @throws Error with the answer where that is a refusal */
  ask(method: "GET" | "POST" | "PATCH", path: string, body?: object): Promise<string>;
  /** Hears of each object of a list, now and whenever it changes, until the scope ends. */
  watch(path: string, hear: (object: unknown) => void): void;
};

const TIMEOUT_MS = 60_000;
/** Longer than any run. */
const WATCH_SECONDS = 6 * 3_600;
const MERGE_PATCH = { contentType: "application/merge-patch+json" };

export function apiAdministrator(scope: Scope, kubeconfig: string): ApiAdministrator {
  const access = createKubeconfigAccess(() => {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    return config;
  });
  atEnd(scope, () => access.close());
  return {
    async ask(method, path, body) {
      const type = method === "PATCH" ? MERGE_PATCH : {};
      const request = { method, path, ...type, ...(body !== undefined && { body }) };
      const reply = await access.send(request, AbortSignal.timeout(TIMEOUT_MS));
      const answer = await text(reply.body);
      if (reply.status < 300) return answer;
      throw new Error(`${method} ${path}: the API server answers ${reply.status}: ${answer}`);
    },
    watch(path, hear) {
      const stop = new AbortController();
      const query = { watch: "true", timeoutSeconds: `${WATCH_SECONDS}` };
      const read = async () => {
        const reply = await access.send({ method: "GET", path, query }, stop.signal);
        for await (const line of createInterface(Readable.from(reply.body))) {
          hear((JSON.parse(line) as { object: unknown }).object);
        }
      };
      const reading = read().catch(() => {});
      atEnd(scope, async () => {
        stop.abort();
        await reading;
      });
    },
  };
}
