// What the build makes: programs that need no package, whichever directory they are in.
import assert from "node:assert/strict";
import { once } from "node:events";
import { cpSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { Client, credentials } from "@grpc/grpc-js";
import { build, DIST, packageVersion } from "../tools/build.ts";
import { TOP } from "../tools/top.ts";
import { startDaemon } from "./support/daemons.ts";
import { run } from "./support/processes.ts";
import { nodeProgram, ourProgram, type Program } from "./support/programs.ts";
import { tempDir } from "./support/temp.ts";

// What was compiled earlier would hide from V8's counts what runs.
const NODE = { OCI_TORRENT_NODE: nodeProgram, NODE_DISABLE_COMPILE_CACHE: "1" };

function filesOf(directory: string): Record<string, string> {
  const entries = readdirSync(directory, { withFileTypes: true });
  const names = entries.flatMap((entry) => (entry.isFile() ? entry.name : [])).sort();
  return Object.fromEntries(
    names.map((name) => [name, readFileSync(join(directory, name), "hex")]),
  );
}

/** What `npm run image` leaves in dist, if somebody ran it. */
const isOfImage = /\/dist\/(?:image|rootfs)\b/;

/** bin and dist alone, in a directory that has no node_modules anywhere above it. */
function copyElsewhere(t: TestContext): string {
  const top = join(tempDir(t), "elsewhere");
  mkdirSync(top);
  const filter = (path: string) => !isOfImage.test(path);
  for (const name of ["bin", "dist"]) {
    cpSync(join(TOP, name), join(top, name), { recursive: true, filter });
  }
  return top;
}

/** The packages inside a bundle that were evaluated in a run, as V8 counted: the bundler makes a function of each file. */
function packagesIn(coverageDirectory: string): Set<string> {
  const files = readdirSync(coverageDirectory).map((name) => join(coverageDirectory, name));
  const scripts = files.flatMap(
    (file) => (JSON.parse(readFileSync(file, "utf8")) as V8Coverage).result,
  );
  const called = scripts
    .flatMap((script) => script.functions)
    .filter(({ ranges }) => (ranges[0]?.count ?? 0) > 0);
  const name = /^node_modules\/((?:@[^/]+\/)?[^/]+)\//;
  return new Set(called.flatMap(({ functionName }) => name.exec(functionName)?.[1] ?? []));
}

async function packagesEvaluated(t: TestContext, program: Program, args: readonly string[]) {
  const directory = tempDir(t);
  const env = { ...NODE, NODE_V8_COVERAGE: directory };
  await run(program, args, { codes: "any", env });
  return packagesIn(directory);
}

type V8Coverage = {
  result: { functions: { functionName: string; ranges: { count: number }[] }[] }[];
};

describe("the build", () => {
  it("gives the same bytes for the same sources", async (t) => {
    const directory = tempDir(t);
    await build(directory);
    const built = filesOf(directory);
    assert.ok(built["oci-torrentd.mjs"]);
    assert.deepEqual(Object.keys(filesOf(DIST)), Object.keys(built));
    for (const [name, bytes] of Object.entries(filesOf(DIST)))
      assert.ok(bytes === built[name], name);
  });

  it("comes with the licence of every package inside", () => {
    const licenses = readFileSync(join(DIST, "THIRD-PARTY-LICENSES.txt"), "utf8");
    for (const name of ["@grpc/grpc-js", "webtorrent", "commander", "undici"]) {
      assert.match(licenses, new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(`, "m"));
    }
  });
});

const PROGRAMS = [
  "oci-torrent-ctr",
  "oci-torrentd",
  "oci-torrent-controller",
  "oci-torrent-runtime",
] as const;

describe("a built program", () => {
  for (const name of PROGRAMS) {
    it(`${name} runs where there is no package`, async (t) => {
      const program = join(copyElsewhere(t), "bin", name) as Program;
      const options = { env: NODE, cwd: tempDir(t) };
      const { stdout, stderr } = await run(program, ["--version"], options);
      assert.deepEqual([stdout, stderr], [`${name} ${packageVersion()}\n`, ""]);
      assert.match((await run(program, ["--help"], options)).stdout, new RegExp(name));
    });
  }

  it("oci-torrent-ctr loads what talks to a daemon only to talk to one", async (t) => {
    const idle = await packagesEvaluated(t, ourProgram("oci-torrent-ctr"), ["--version"]);
    for (const name of ["@grpc/grpc-js", "protobufjs"]) assert.ok(!idle.has(name), name);
    const nobody = ["--address", `unix://${tempDir(t)}/absent.sock`, "list"];
    const talking = await packagesEvaluated(t, ourProgram("oci-torrent-ctr"), nobody);
    for (const name of ["@grpc/grpc-js", "protobufjs"]) assert.ok(talking.has(name), name);
  });

  it("oci-torrentd loads webtorrent only when it is the chosen engine", async (t) => {
    const idle = await packagesEvaluated(t, ourProgram("oci-torrentd"), ["--version"]);
    assert.ok(!idle.has("webtorrent"));
    for (const [flags, expected] of [
      [["--disable-bt"], false],
      [["--bt-seeder"], false],
      [["--bt-seeder", "--engine", "webtorrent"], true],
    ] as const) {
      const directory = tempDir(t);
      const env = { ...NODE, NODE_V8_COVERAGE: directory };
      const daemon = await startDaemon(t, flags, { env });
      await daemon.process.stop();
      const evaluated = packagesIn(directory);
      assert.ok(evaluated.has("@grpc/grpc-js"));
      assert.equal(evaluated.has("webtorrent"), expected, flags.join(" "));
      assert.ok(!evaluated.has("@grpc/reflection"));
    }
  });

  it("oci-torrentd describes its API to gRPC tools, which asks for no file", async (t) => {
    const { address } = await startDaemon(t, ["--bt-seeder", "--grpc-reflection"]);
    const client = new Client(address, credentials.createInsecure());
    const same = (bytes: Buffer) => bytes;
    const path = "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo";
    const call = client.makeBidiStreamRequest(path, same, same);
    // ServerReflectionRequest { list_services: "" }, field 7 of grpc/reflection/v1/reflection.proto.
    call.write(Buffer.from([0x3a, 0x00]));
    const [answer] = (await once(call, "data")) as [Buffer];
    call.end();
    client.close();
    assert.match(answer.toString("latin1"), /ocitorrent\.v1\.OciTorrent/);
  });
});
