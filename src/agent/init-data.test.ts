import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { problems, request } from "./config/testing/command-line.ts";
import { initData } from "./init-data.ts";

const me = process.getuid?.() ?? 0;

describe("init-data", () => {
  const directory = mkdtempSync(join(tmpdir(), "oci-torrent-init-"));
  after(() => rmSync(directory, { recursive: true }));

  it("makes the directory for its owner alone", async () => {
    const root = join(directory, "a/b");
    await initData(root, me);
    assert.equal(statSync(root).mode & 0o777, 0o700);
  });

  it("gives root's directory away once, and then leaves it alone", {
    skip: me !== 0 && "needs root",
  }, async () => {
    const root = join(directory, "given");
    mkdirSync(root, { mode: 0o755 });
    writeFileSync(join(root, "kept"), "");
    await initData(root, 65532);
    const { uid, gid, mode } = statSync(root);
    assert.deepEqual([uid, gid, mode & 0o777], [65532, 65532, 0o700]);
    assert.equal(statSync(join(root, "kept")).uid, 0);
    chmodSync(root, 0o750);
    await initData(root, 65532);
    assert.equal(statSync(root).mode & 0o777, 0o750);
    await assert.rejects(
      initData(root, 65533),
      /^AgentError: could not give \S+\/given to user 65533: it is user 65532's: move it away or/,
    );
  });

  it("is told where and for whom", () => {
    assert.deepEqual(request("init-data --root-dir data --owner 65532"), {
      ...{ kind: "init-data", rootDir: "/home/op/data", owner: 65_532 },
    });
    assert.deepEqual(problems("init-data"), [
      "nothing says whose the directory is to be: give --owner UID",
    ]);
    assert.deepEqual(problems("init-data --owner root"), [
      '--owner: "root" is not a user id: write a number such as 65532',
    ]);
    assert.deepEqual(problems("init-data --owner 1 --debug"), [
      "--debug: not a flag of oci-torrentd init-data",
    ]);
    assert.deepEqual(problems("--bt-seeder --owner 1"), ["--owner: not a flag of oci-torrentd"]);
  });
});
