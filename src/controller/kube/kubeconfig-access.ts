import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { HttpMethod, type KubeConfig, RequestContext } from "@kubernetes/client-node";
import { Agent, type Dispatcher } from "undici";
import type { ApiAccess, ApiReply, ApiRequest } from "./api-access.ts";

/** How we are let in for now: tokens and certificates are files that others renew. */
type Pass = {
  readonly headers: Readonly<Record<string, string>>;
  readonly dispatcher: Dispatcher;
  /** Tells whether connections made before may go on to be used. */
  readonly material: string;
  readonly madeAt: number;
};

const PASS_MS = 60_000;
// A program that hands out certificates does not say when it will hand out others.
const EXEC_PASS_MS = 600_000;

export type KubeconfigAccess = ApiAccess & {
  /** Ends what is under way. */
  close(): Promise<void>;
};

/**
 * The way to the API server that a kubeconfig or the pod's service account names. Connections are kept and shared; files
 * that it names are read again every minute, and at once where the server no longer knows us.
 * @param load reads the configuration; called again after every 401.
 */
export function createKubeconfigAccess(load: () => KubeConfig): KubeconfigAccess {
  let config = load();
  let pass: Promise<Pass> | undefined;

  const currentPass = async (): Promise<Pass> => {
    const asked = pass;
    const last = await asked?.catch(() => undefined);
    const isGood = last !== undefined && performance.now() - last.madeAt <= PASS_MS;
    // Another request may have made one meanwhile.
    if (pass === asked && !isGood) pass = makePass(config, last);
    return await (pass ?? makePass(config, last));
  };
  const becomeKnownAgain = async () => {
    const last = await pass?.catch(() => undefined);
    config = load();
    pass = makePass(config, last);
  };

  const sendOnce = async (request: ApiRequest, signal: AbortSignal): Promise<ApiReply> => {
    const server = config.getCurrentCluster()?.server;
    if (server === undefined) {
      throw new Error("the kubeconfig names no cluster: set its current-context");
    }
    return await sendTo(server, await currentPass(), request, signal);
  };

  return {
    async send(request, signal) {
      const reply = await sendOnce(request, signal);
      if (reply.status !== 401) return reply;
      for await (const _ of reply.body);
      await becomeKnownAgain();
      return await sendOnce(request, signal);
    },
    async close() {
      const last = await pass?.catch(() => undefined);
      await last?.dispatcher.destroy();
    },
  };
}

async function sendTo(
  server: string,
  { headers, dispatcher }: Pass,
  { method, path, query = {}, body, contentType = "application/json" }: ApiRequest,
  signal: AbortSignal,
): Promise<ApiReply> {
  const url = new URL(`${server.replace(/\/$/, "")}${path}`);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  const type = body === undefined ? {} : { "content-type": contentType };
  const options = {
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    method,
    headers: { accept: "application/json", ...headers, ...type },
    body: body === undefined ? null : JSON.stringify(body),
    signal,
    // Whoever asks knows how long silence may last.
    bodyTimeout: 0,
    // Over HTTP/2 a request that is given up while its body is on the way can leave Node writing for ever.
    allowH2: false,
  };
  const reply = await dispatcher.request(options);
  return { status: reply.statusCode, headers: flat(reply.headers), body: reply.body };
}

const flat = (headers: Readonly<Record<string, string | string[] | undefined>>) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(", ") : value,
    ]),
  );

/** What connections are made with: others are needed when it changes. */
function materialOf(config: KubeConfig): string {
  const [cluster, user] = [config.getCurrentCluster(), config.getCurrentUser()];
  const files = [cluster?.caFile, user?.certFile, user?.keyFile].map((path) =>
    path !== undefined && path !== "" && existsSync(path) ? readFileSync(path) : "",
  );
  const hash = createHash("sha256").update(JSON.stringify(cluster)).update(JSON.stringify(user));
  for (const file of files) hash.update(file).update("\0");
  if (user?.exec !== undefined) hash.update(`${Math.floor(performance.now() / EXEC_PASS_MS)}`);
  return hash.digest("hex");
}

async function makePass(config: KubeConfig, last: Pass | undefined): Promise<Pass> {
  const server = config.getCurrentCluster()?.server ?? "";
  const context = new RequestContext(server, HttpMethod.GET);
  await config.applySecurityAuthentication(context);
  const headers = context.getHeaders();
  const material = materialOf(config);
  const madeAt = performance.now();
  if (last?.material === material) return { ...last, headers, madeAt };
  // Requests that are under way on the old connections end there.
  last?.dispatcher.close().catch(() => {});
  return { headers, material, madeAt, dispatcher: context.getDispatcher() ?? new Agent() };
}
