import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { ServerCredentials } from "@grpc/grpc-js";
import { type Certificate, createAuthority, createCertificate } from "../oci/testing/index.ts";
import { anEvent } from "./testing/events.ts";
import { startFakeDaemon } from "./testing/fake-daemon.ts";
import { runCaptured } from "./testing/run-captured.ts";

const START_IT = "start oci-torrentd or name its address with --address";
const NO_IMAGES = "IMAGE  DIGEST  LAYERS  SIZE  STATE\n";

let directory: string;
before(async () => {
  directory = await mkdtemp(join(tmpdir(), "ctr-test-"));
});
after(() => rm(directory, { recursive: true }));

const file = async (name: string, content: string): Promise<string> => {
  const path = join(directory, name);
  await writeFile(path, content);
  return path;
};

const fails = async (argv: readonly string[], sentence: string) => {
  assert.deepEqual(await runCaptured(argv), {
    exitCode: 1,
    stdout: "",
    stderr: `[ctr] ${sentence}\n`,
  });
};

/** A server that is no daemon; `answer` gets each connection. */
async function listen(
  answer: (socket: Socket) => void,
): Promise<AsyncDisposable & { address: string }> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    answer(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return {
    address: `tcp://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("a daemon that is not there", () => {
  it("is named by the socket that does not exist", async () => {
    const address = `unix://${directory}/none.sock`;
    const sentence = `daemon not reachable at ${address}: there is no such socket; ${START_IT}`;
    await fails(["list", "--address", address], sentence);
    await fails(["start", "busybox", "--address", address], sentence);
  });

  it("is looked for where the system's, or the user's, daemon listens", async () => {
    const as = async (uid: number, env: Record<string, string>) =>
      (await runCaptured(["list"], { uid, env })).stderr.split(": ")[0];
    const user = { XDG_RUNTIME_DIR: join(directory, "runtime") };
    const expected = `${directory}/runtime/oci-torrentd/oci-torrentd.sock`;
    assert.equal(await as(1000, user), `[ctr] daemon not reachable at unix://${expected}`);
    assert.equal(
      await as(1000, { ...user, OCI_TORRENT_ADDRESS: "tcp://127.0.0.1:1" }),
      "[ctr] daemon not reachable at tcp://127.0.0.1:1",
    );
  });

  it("is told from a file that is no socket", async () => {
    const address = `unix://${await file("plain", "x")}`;
    await fails(
      ["list", "--address", address],
      `daemon not reachable at ${address}: nobody listens there; ${START_IT}`,
    );
  });

  it("is told from a path that no socket can have", async () => {
    const address = `unix:///${"x".repeat(200)}`;
    await fails(
      ["list", "--address", address],
      `daemon not reachable at ${address}: the path of a socket has at most 107 characters`,
    );
  });

  it("is told from a port that nobody listens on", async () => {
    await fails(
      ["list", "--address", "tcp://127.0.0.1:1"],
      `daemon not reachable at tcp://127.0.0.1:1: nobody listens there; ${START_IT}`,
    );
  });

  it("is told from another server", async () => {
    await using server = await listen((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    await fails(
      ["list", "--address", server.address],
      `daemon not reachable at ${server.address}: something else than oci-torrentd answers there`,
    );
  });

  it("is told from one that says nothing, within --timeout", async () => {
    await using server = await listen(() => {});
    const { exitCode, stderr } = await runCaptured([
      ...["list", "--timeout", "200ms"],
      ...["--address", server.address],
    ]);
    assert.deepEqual([exitCode, stderr], [4, "[ctr] not done within 200ms (--timeout)\n"]);
  });

  it("that was asked for by version is a failure, and this program's version is told", async () => {
    const { exitCode, stdout } = await runCaptured(["version", "--address", "tcp://127.0.0.1:1"]);
    assert.deepEqual([exitCode, stdout], [1, "oci-torrent-ctr 1.2.3\n"]);
  });
});

describe("a daemon that goes away", () => {
  it("in the middle of an answer is told so", async () => {
    await using daemon = await startFakeDaemon(
      {
        async *StartDownload(_request, signal) {
          yield anEvent("STEP_INSPECT");
          await new Promise((over) => signal.addEventListener("abort", over));
        },
      },
      { tcp: true },
    );
    const port = Number(daemon.address.split(":").at(-1));
    const { connect } = await import("node:net");
    const clients: Socket[] = [];
    await using proxy = await listen((socket) => {
      clients.push(socket);
      const upstream = connect(port, "127.0.0.1");
      upstream.on("error", () => {});
      socket.on("close", () => upstream.destroy());
      socket.pipe(upstream).pipe(socket);
    });
    const ran = await runCaptured(["start", "busybox", "--address", proxy.address], {
      onStdout: () => {
        for (const socket of clients) socket.resetAndDestroy();
      },
    });
    assert.deepEqual(ran, {
      exitCode: 1,
      stdout: "Inspect docker://busybox\n",
      stderr: `[ctr] lost the connection to ${proxy.address}: the daemon may have stopped, and goes on where it was when it is started again\n`,
    });
  });
});

describe("a daemon with TLS", () => {
  let authority: Certificate;
  let server: Certificate;
  let client: Certificate;
  let ca: string;
  before(async () => {
    authority = createAuthority();
    server = createCertificate({ hosts: ["127.0.0.1"], issuer: authority });
    client = createCertificate({ hosts: ["client"], issuer: authority });
    ca = await file("ca.pem", authority.cert);
  });

  const script = { ListImages: () => ({ images: [] }) };
  const secured = (options: { certificate?: Certificate; wantsClient?: boolean } = {}) => {
    const { cert, key } = options.certificate ?? server;
    const pair = { private_key: Buffer.from(key), cert_chain: Buffer.from(cert) };
    const credentials = ServerCredentials.createSsl(
      Buffer.from(authority.cert),
      [pair],
      options.wantsClient ?? false,
    );
    return startFakeDaemon(script, { tcp: true, credentials });
  };

  it("answers who knows its CA", async () => {
    await using daemon = await secured();
    assert.deepEqual(await runCaptured(["list", "--tls-ca", ca, "--address", daemon.address]), {
      exitCode: 0,
      stdout: NO_IMAGES,
      stderr: "",
    });
  });

  it("that wants a client certificate answers who has one", async () => {
    await using daemon = await secured({ wantsClient: true });
    const argv = ["list", "--tls-ca", ca, "--address", daemon.address];
    await fails(
      argv,
      `${daemon.address} wants a client certificate: give --tls-cert and --tls-key`,
    );
    const own = [
      ...["--tls-cert", await file("client.pem", client.cert)],
      ...["--tls-key", await file("client.key", client.key)],
    ];
    assert.equal((await runCaptured([...argv, ...own])).stdout, NO_IMAGES);
  });

  it("refuses a certificate of another CA", async () => {
    await using daemon = await secured({ wantsClient: true });
    const stranger = createCertificate({ hosts: ["client"], issuer: createAuthority() });
    const { exitCode, stderr } = await runCaptured([
      ...["list", "--tls-ca", ca, "--address", daemon.address],
      ...["--tls-cert", await file("stranger.pem", stranger.cert)],
      ...["--tls-key", await file("stranger.key", stranger.key)],
    ]);
    assert.equal(exitCode, 1);
    // Which of the two it is depends on whether the alert or the end of the connection comes first.
    assert.match(stderr, /it refuses our certificate|its client CA may not know our certificate/);
  });

  it("is told from one of another CA, another host or another time", async () => {
    const other = await file("other.pem", createAuthority().cert);
    await using daemon = await secured();
    const { address } = daemon;
    await fails(
      ["list", "--tls-ca", other, "--address", address],
      `daemon not reachable at ${address}: its certificate does not come from the CA in --tls-ca`,
    );
    const elsewhere = createCertificate({ hosts: ["elsewhere"], issuer: authority });
    await using another = await secured({ certificate: elsewhere });
    await fails(
      ["list", "--tls-ca", ca, "--address", another.address],
      `daemon not reachable at ${another.address}: its certificate is for another host name`,
    );
    const past = { notBefore: new Date("2020-01-01"), notAfter: new Date("2020-01-02") };
    const old = createCertificate({ hosts: ["127.0.0.1"], issuer: authority, ...past });
    await using outdated = await secured({ certificate: old });
    await fails(
      ["list", "--tls-ca", ca, "--address", outdated.address],
      `daemon not reachable at ${outdated.address}: its certificate has expired`,
    );
  });

  it("says how to speak to it to who speaks plainly, and the other way round", async () => {
    await using daemon = await secured();
    await fails(
      ["list", "--address", daemon.address],
      `daemon not reachable at ${daemon.address}: it closed the connection; if it wants TLS, give --tls-ca`,
    );
    await using plain = await startFakeDaemon(script, { tcp: true });
    await fails(
      ["list", "--tls-ca", ca, "--address", plain.address],
      `daemon not reachable at ${plain.address}: it does not speak TLS; leave out --tls-ca, or start it with --tls-cert and --tls-key`,
    );
  });

  it("gets a password, also when it is not on this machine", async () => {
    await using daemon = await secured();
    const address = daemon.address.replace("127.0.0.1", "localhost");
    const argv = ["start", "a", "--username", "joe", "--password-stdin", "--tls-ca", ca];
    const { stderr } = await runCaptured([...argv, "--address", address], { stdin: "secret\n" });
    assert.match(stderr, /its certificate is for another host name/);
  });
});
