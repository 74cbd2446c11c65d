import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type FakeDaemon, startFakeDaemon } from "../testing/fake-daemon.ts";
import { type CaptureOptions, runCaptured } from "../testing/run-captured.ts";

describe("a login for the registry", () => {
  let daemon: FakeDaemon;
  let directory: string;
  before(async () => {
    daemon = await startFakeDaemon({ async *StartDownload() {} }, { tcp: true });
    directory = await mkdtemp(join(tmpdir(), "ctr-test-"));
  });
  after(async () => {
    await daemon[Symbol.asyncDispose]();
    await rm(directory, { recursive: true });
  });

  const start = async (image: string, flags: readonly string[], options?: CaptureOptions) => {
    const argv = ["start", image, "--address", daemon.address, ...flags];
    const ran = await runCaptured(argv, options);
    assert.deepEqual([ran.exitCode, ran.stdout], [0, ""]);
    return { stderr: ran.stderr, credential: daemon.calls.at(-1)?.request.credential };
  };
  const basic = (username: string, password: string) => ({ username, password, identityToken: "" });

  it("is none unless one is given", async () => {
    assert.deepEqual(await start("busybox", []), { stderr: "", credential: null });
  });

  it("comes from --password, with a warning", async () => {
    assert.deepEqual(await start("busybox", ["--username", "joe", "--password", "hunter2"]), {
      stderr:
        "[ctr] --password can be seen in the process list and the shell's history: use --password-stdin\n",
      credential: basic("joe", "hunter2"),
    });
  });

  for (const [end, stdin] of Object.entries({ nothing: "", "a newline": "\n", both: "\r\n" })) {
    it(`comes from standard input that ends in ${end}`, async () => {
      const flags = ["--username", "joe", "--password-stdin"];
      assert.deepEqual(await start("busybox", flags, { stdin: `hunter2${stdin}` }), {
        stderr: "",
        credential: basic("joe", "hunter2"),
      });
    });
  }

  it("comes from the entry of the image's registry in a docker config.json", async () => {
    const authfile = join(directory, "config.json");
    const auths = {
      "https://index.docker.io/v1/": { auth: Buffer.from("joe:hunter2").toString("base64") },
      "r.example:5000": { auth: "", identitytoken: "token" },
    };
    await writeFile(authfile, JSON.stringify({ auths }));
    const flags = ["--authfile", authfile];
    assert.deepEqual((await start("busybox", flags)).credential, basic("joe", "hunter2"));
    assert.deepEqual((await start("r.example:5000/app", flags)).credential, {
      username: "",
      password: "",
      identityToken: "token",
    });
    assert.deepEqual(await start("other.example/app", flags), {
      stderr: `[ctr] ${authfile} has no login for other.example: going on without one\n`,
      credential: null,
    });
  });
});
