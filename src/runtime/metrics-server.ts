import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Component } from "./component.ts";
import { type HealthCheck, reportHealth } from "./health-checks.ts";

export type MetricsServerOptions = {
  readonly host: string;
  /** 0 asks the system for a free one. */
  readonly port: number;
  readonly metrics: { readonly contentType: string; metrics(): Promise<string> };
  /** What `/livez` asks: a process that fails it should be restarted. */
  readonly live: readonly HealthCheck[];
  /** What `/readyz` asks: a process that fails it should get no work for now. */
  readonly ready: readonly HealthCheck[];
};

export type MetricsServer = Component & { readonly host: string; readonly port: number };

type Reply = { readonly status: number; readonly type: string; readonly body: string };

const PLAIN_TEXT = "text/plain; charset=utf-8";

/** Listens at once; `run` serves until it is aborted, then closes. Probes and scrapes are all it is for, so limits are tight. */
export async function openMetricsServer(options: MetricsServerOptions): Promise<MetricsServer> {
  const server = createServer(
    {
      headersTimeout: 10_000,
      requestTimeout: 10_000,
      keepAliveTimeout: 5_000,
      maxHeaderSize: 16 * 1024,
      connectionsCheckingInterval: 1_000,
    },
    (request, response) => {
      answer(options, request).then(
        (reply) => send(reply, response),
        () => send(text(500, "could not be collected\n"), response),
      );
    },
  );
  server.maxConnections = 64;
  server.listen(options.port, options.host);
  await once(server, "listening");
  const { address, port } = server.address() as AddressInfo;
  return { name: "metrics server", host: address, port, run: (signal) => serve(server, signal) };
}

async function serve(server: Server, signal: AbortSignal): Promise<void> {
  const failed = once(server, "error", { signal }).then(([error]) => {
    throw error;
  });
  await failed.catch((error: unknown) => {
    if (!signal.aborted) throw error;
  });
  server.close();
  server.closeAllConnections();
}

async function answer(
  { metrics, live, ready }: MetricsServerOptions,
  { method, url }: IncomingMessage,
): Promise<Reply> {
  if (method !== "GET" && method !== "HEAD") return text(405, "only GET and HEAD\n");
  const [path = "", query] = (url ?? "").split("?");
  const searchParams = new URLSearchParams(query);
  switch (path) {
    case "/metrics":
      return { status: 200, type: metrics.contentType, body: await metrics.metrics() };
    case "/livez":
      return health(live, searchParams);
    case "/readyz":
      return health(ready, searchParams);
    default:
      return text(404, "here are /metrics, /livez and /readyz\n");
  }
}

function health(checks: readonly HealthCheck[], query: URLSearchParams): Reply {
  const report = reportHealth(checks);
  const short = report.healthy ? "ok\n" : "not ok\n";
  return text(report.healthy ? 200 : 503, query.has("verbose") ? report.text : short);
}

const text = (status: number, body: string): Reply => ({ status, type: PLAIN_TEXT, body });

function send({ status, type, body }: Reply, response: ServerResponse): void {
  response.writeHead(status, {
    "Content-Type": type,
    "Content-Length": Buffer.byteLength(body),
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    ...(status === 405 ? { Allow: "GET, HEAD", Connection: "close" } : {}),
  });
  response.end(response.req.method === "HEAD" ? undefined : body);
}
