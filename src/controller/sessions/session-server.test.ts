import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import {
  type ClientDuplexStream,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from "@grpc/grpc-js";
import {
  type AgentMessage,
  ControllerClient,
  type ControllerMessage,
  controllerMethods,
  type FromAgent,
  formatFromAgent,
  parseToAgent,
  type ToAgent__Output,
  unary,
} from "../../api/index.ts";
import { agentMessages, controllerMessages } from "../../api/testing/index.ts";
import { aRequest } from "../identity/testing/a-request.ts";
import type { NodeDesired } from "./node-desired.ts";
import { type AController, CONTROLLER_NAME, startController } from "./testing/a-controller.ts";

const helloOf = (node: string, epoch = 1): AgentMessage => ({
  ...agentMessages.hello,
  node,
  podUid: `uid-${node}`,
  epoch,
  assigned: [],
});
const { kind: _, ...assign } = controllerMessages.assign;
const desired: NodeDesired = {
  assigns: [assign],
  leases: [],
  credentials: [],
  trackers: [],
  peers: [],
  issuers: [],
};

type Stream = ClientDuplexStream<FromAgent, ToAgent__Output>;

describe("a session server", { timeout: 30_000 }, () => {
  let controller: AController;
  let client: InstanceType<typeof ControllerClient>;
  before(async () => {
    controller = await startController();
    client = new ControllerClient(
      controller.address,
      credentials.createSsl(Buffer.from(controller.identity.bundle())),
      { "grpc.ssl_target_name_override": CONTROLLER_NAME, "grpc.enable_http_proxy": 0 },
    );
  });
  after(() => {
    client.close();
    controller.close();
  });

  const withToken = (token: string) => {
    const metadata = new Metadata();
    if (token !== "") metadata.set("authorization", `Bearer ${token}`);
    return metadata;
  };
  const open = (token: string, ...messages: FromAgent[]): Stream => {
    const stream = client.Session(withToken(token));
    for (const message of messages) stream.write(message);
    return stream;
  };
  /** How a stream ended. */
  async function endOf(stream: Stream): Promise<ServiceError> {
    stream.resume();
    const [error] = (await once(stream, "error")) as [ServiceError];
    return error;
  }
  const received = async (stream: Stream): Promise<ControllerMessage | undefined> => {
    const [wire] = (await once(stream, "data")) as [ToAgent__Output];
    return parseToAgent(wire);
  };
  const sign = (token: string, node: string, csr: Uint8Array) =>
    new Promise<{ error: ServiceError | null; certificate: string }>((resolve) => {
      client.SignAgent({ node, csr }, withToken(token), (error, answer) =>
        resolve({ error, certificate: answer?.certificate ?? "" }),
      );
    });

  it("tells an agent what is desired of its node, and follows what it says", async () => {
    controller.sessions.setDesired("node-1", desired);
    const stream = open("token-node-1", formatFromAgent(helloOf("node-1")));
    const kinds: (string | undefined)[] = [];
    for (let count = 0; count < 3; count += 1) kinds.push((await received(stream))?.kind);
    assert.deepEqual(kinds, ["bundle", "trackers", "assign"]);
    const progress = controller.heard("node-1", "progress");
    stream.write(formatFromAgent(agentMessages.progress));
    await progress;
    const facts = controller.sessions.facts().get("node-1");
    assert.equal(facts?.progress.get(assign.key)?.reason, "InsufficientDisk");
    controller.sessions.setDesired("node-1", { ...desired, assigns: [] });
    assert.deepEqual(await received(stream), { kind: "release", key: assign.key });
    const broken = controller.heard("node-1", "broken");
    stream.end();
    await broken;
    assert.ok(controller.sessions.facts().get("node-1")?.brokenAtMs);
  });

  it("lets the newer session of a node take the place of the older", async () => {
    const opened = controller.heard("node-2", "opened");
    const older = open("token-node-2", formatFromAgent(helloOf("node-2")));
    const end = endOf(older);
    await opened;
    const again = controller.heard("node-2", "opened");
    const newer = open("token-node-2", formatFromAgent(helloOf("node-2", 2)));
    await again;
    assert.equal((await end).code, status.ABORTED);
    const { code } = await endOf(open("token-node-2", formatFromAgent(helloOf("node-2", 1))));
    assert.equal(code, status.ABORTED);
    const heard = controller.heard("node-2", "heartbeat");
    newer.write(formatFromAgent(agentMessages.heartbeat));
    await heard;
    assert.equal(controller.sessions.facts().get("node-2")?.brokenAtMs, undefined);
    newer.cancel();
    await endOf(newer);
  });

  const hello = formatFromAgent(helloOf("node-3"));
  const refused: Record<string, readonly [status, string, FromAgent]> = {
    "shows no token": [status.UNAUTHENTICATED, "", hello],
    "shows a token that is none": [status.UNAUTHENTICATED, "stolen", hello],
    "shows the token of another node": [status.PERMISSION_DENIED, "token-node-4", hello],
    "begins with another message": [
      status.INVALID_ARGUMENT,
      "token-node-3",
      formatFromAgent(agentMessages.heartbeat),
    ],
    "says what cannot be": [
      status.INVALID_ARGUMENT,
      "token-node-3",
      { hello: { ...hello.hello, peerPort: 0 } },
    ],
    "is of another pod than its token": [
      status.PERMISSION_DENIED,
      "token-node-3",
      { hello: { ...hello.hello, podUid: "another" } },
    ],
  };
  for (const [what, [code, token, message]] of Object.entries(refused)) {
    it(`refuses an agent that ${what}`, async () => {
      const error = await endOf(open(token, message));
      assert.equal(error.code, code, error.message);
      const opened = controller.heard("node-3", "opened");
      const right = open("token-node-3", hello);
      await opened;
      right.cancel();
      await endOf(right);
    });
  }

  it("gives a node's agent a certificate for that node alone", async () => {
    const { csr } = await aRequest({});
    const own = await sign("token-node-1", "node-1", csr);
    assert.match(own.certificate, /BEGIN CERTIFICATE/);
    const foreign = await sign("token-node-1", "node-2", csr);
    assert.equal(foreign.error?.code, status.PERMISSION_DENIED);
    assert.match(foreign.error.details, /on node-1, and no certificate for node-2 is given to it/);
    const strange = await sign("", "node-1", csr);
    assert.equal(strange.error?.code, status.UNAUTHENTICATED);
    const wrong = await sign("token-node-1", "node-1", Buffer.from("garbage"));
    assert.equal(wrong.error?.code, status.INVALID_ARGUMENT);
  });

  it("shows a renewed certificate to whoever comes after", async () => {
    const other = await startController();
    try {
      controller.server.renew(other.identity.pair());
      const trusting = (bundle: string) =>
        new ControllerClient(controller.address, credentials.createSsl(Buffer.from(bundle)), {
          "grpc.ssl_target_name_override": CONTROLLER_NAME,
          "grpc.enable_http_proxy": 0,
        });
      const call = { timeoutMs: 5_000 };
      const ask = async (asking: InstanceType<typeof ControllerClient>) =>
        await unary(asking, controllerMethods.SignAgent, { node: "a" }, call).then(
          () => assert.fail("without a token"),
          (error: ServiceError) => error.code,
        );
      const [old, renewed] = [controller, other].map((each) => trusting(each.identity.bundle()));
      assert.ok(old && renewed);
      assert.equal(await ask(renewed), status.UNAUTHENTICATED);
      assert.equal(await ask(old), status.UNAVAILABLE);
      old.close();
      renewed.close();
      controller.server.renew(controller.identity.pair());
    } finally {
      other.close();
    }
  });

  it("sends everybody to the leader when it does not lead, sessions under way too", async () => {
    const opened = controller.heard("node-5", "opened");
    const stream = open("token-node-5", formatFromAgent(helloOf("node-5")));
    await opened;
    const end = endOf(stream);
    controller.lead({ kind: "following", leader: "10.0.0.9:7443" });
    const next = endOf(open("token-node-5", formatFromAgent(helloOf("node-5"))));
    for (const error of [await end, await next]) {
      assert.equal(error.code, status.FAILED_PRECONDITION);
      assert.deepEqual(error.metadata.get("oci-torrent-leader"), ["10.0.0.9:7443"]);
    }
    const { csr } = await aRequest({});
    const { error } = await sign("token-node-5", "node-5", csr);
    assert.deepEqual(error?.metadata.get("oci-torrent-leader"), ["10.0.0.9:7443"]);
    assert.equal(controller.sessions.facts().size, 0);
    controller.lead({ kind: "following" });
    const unknown = await endOf(open("token-node-5", formatFromAgent(helloOf("node-5"))));
    assert.deepEqual(unknown.metadata.get("oci-torrent-leader"), []);
    controller.lead({ kind: "leading" });
  });
});
