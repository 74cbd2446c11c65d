import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type sendUnaryData,
} from "@grpc/grpc-js";
import { methods } from "../../api/index.ts";

/** Ends a call with a gRPC status, as the daemon does. */
export class Status extends Error {
  readonly code: number;
  readonly details: string;
  constructor(code: number, details: string) {
    super(details);
    this.code = code;
    this.details = details;
  }
}

// biome-ignore lint/suspicious/noExplicitAny: a script answers any method, and the serializer checks what it says.
type Message = any;

/** What the daemon says: a message for a question, messages for a stream. */
export type Script = Readonly<
  Record<string, (request: Message, signal: AbortSignal) => Message | AsyncIterable<Message>>
>;

export type FakeDaemon = AsyncDisposable & {
  readonly address: string;
  readonly calls: readonly { readonly method: string; readonly request: Message }[];
};

export type FakeDaemonOptions = {
  readonly credentials?: ServerCredentials;
  /** tcp on a free port instead of a socket. */
  readonly tcp?: boolean;
};

const GREETING: Script = {
  GetVersion: () => ({
    version: "9.9.9",
    nodeVersion: "v24",
    engine: "webtorrent",
    role: "leecher",
  }),
};

/** The real service on a real socket, with answers from a script. */
export async function startFakeDaemon(
  script: Script,
  { credentials = ServerCredentials.createInsecure(), tcp = false }: FakeDaemonOptions = {},
): Promise<FakeDaemon> {
  const calls: { method: string; request: Message }[] = [];
  const server = new Server();
  server.addService(methods as ServiceDefinition, handlers({ ...GREETING, ...script }, calls));
  const directory = await mkdtemp(join(tmpdir(), "ctr-test-"));
  const socket = join(directory, "d.sock");
  const port = await bind(server, tcp ? "127.0.0.1:0" : `unix:${socket}`, credentials);
  return {
    address: tcp ? `tcp://127.0.0.1:${port}` : `unix://${socket}`,
    calls,
    async [Symbol.asyncDispose]() {
      server.forceShutdown();
      await rm(directory, { recursive: true });
    },
  };
}

const bind = (server: Server, target: string, credentials: ServerCredentials): Promise<number> =>
  new Promise((resolve, reject) => {
    server.bindAsync(target, credentials, (error, port) => (error ? reject(error) : resolve(port)));
  });

type Calls = { method: string; request: Message }[];

const handlers = (script: Script, calls: Calls) =>
  Object.fromEntries(
    Object.entries(methods).map(([name, { responseStream }]) => [
      name,
      responseStream ? streaming(name, script, calls) : unary(name, script, calls),
    ]),
  );

const unary =
  (name: string, script: Script, calls: Calls) =>
  async (call: ServerUnaryCall<Message, Message>, reply: sendUnaryData<Message>) => {
    calls.push({ method: name, request: call.request });
    const aborted = new AbortController();
    call.on("cancelled", () => aborted.abort());
    try {
      reply(null, await answerOf(script, name)(call.request, aborted.signal));
    } catch (error) {
      reply(error as Status, null);
    }
  };

const streaming =
  (name: string, script: Script, calls: Calls) =>
  async (call: ServerWritableStream<Message, Message>) => {
    calls.push({ method: name, request: call.request });
    const aborted = new AbortController();
    call.on("cancelled", () => aborted.abort());
    try {
      for await (const message of answerOf(script, name)(call.request, aborted.signal)) {
        call.write(message);
      }
      call.end();
    } catch (error) {
      call.emit("error", error);
    }
  };

function answerOf(script: Script, name: string) {
  const answer = script[name];
  if (answer === undefined) throw new Status(12, `the script has no ${name}`);
  return answer;
}
