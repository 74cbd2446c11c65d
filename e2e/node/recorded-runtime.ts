// Between the helper and a container runtime: every call goes on as it is, and what was asked can be looked at.
import { join } from "node:path";
import {
  type Client,
  type Metadata,
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServiceDefinition,
  type ServiceError,
  type sendUnaryData,
} from "@grpc/grpc-js";
import {
  connectSocket,
  containerdContentMethods,
  containerdImageMethods,
  criImageMethods,
  criRuntimeMethods,
} from "../../src/api/index.ts";
import { atEnd, type Scope } from "../support/at-end.ts";
import { tempDir } from "../support/temp.ts";

export type RecordedRuntime = {
  readonly socket: string;
  /** So far, in the order in which they came: the method's path and the request's bytes. */
  readonly calls: readonly { readonly path: string; readonly request: Buffer }[];
};

const SERVICES: readonly ServiceDefinition[] = [
  criRuntimeMethods,
  criImageMethods,
  containerdImageMethods,
  containerdContentMethods,
];
const asItIs = (bytes: Buffer) => bytes;

export async function recordRuntime(scope: Scope, runtime: string): Promise<RecordedRuntime> {
  const client = connectSocket(runtime);
  const server = new Server();
  const calls: { path: string; request: Buffer }[] = [];
  for (const service of SERVICES) {
    for (const { path, requestStream, responseStream } of Object.values(service)) {
      if (requestStream || responseStream) continue;
      const pass = (call: ServerUnaryCall<Buffer, Buffer>, done: sendUnaryData<Buffer>) => {
        calls.push({ path, request: call.request });
        passOn(client, path, call.request, call.metadata, done);
      };
      server.register(path, pass, asItIs, asItIs, "unary");
    }
  }
  const socket = join(tempDir(scope), "r.sock");
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) =>
      error === null ? resolve() : reject(error),
    );
  });
  atEnd(scope, () => {
    server.forceShutdown();
    client.close();
  });
  return { socket, calls };
}

function passOn(
  client: Client,
  path: string,
  request: Buffer,
  metadata: Metadata,
  done: sendUnaryData<Buffer>,
): void {
  client.makeUnaryRequest(path, asItIs, asItIs, request, metadata, (error, answer) =>
    done(error as ServiceError | null, answer),
  );
}
