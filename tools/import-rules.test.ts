import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findViolations, importsOf } from "./import-rules.ts";

const violationsOf = (sources: Record<string, string>) =>
  findViolations(new Map(Object.entries(sources))).map(({ file, text }) => `${file}: ${text}`);

const importing = (file: string, target: string) =>
  violationsOf({ [file]: `import { a } from "${target}";\n` });

describe("importsOf", () => {
  it("finds every form of import with its line, and none in a comment", () => {
    const source = [
      'import { a } from "./a.ts";',
      "import type {",
      "  B,",
      '} from "./b.ts";',
      'import "./c.ts";',
      '// import "./commented.ts";',
      'export * from "./d.ts";',
      'const e = await import("./e.ts");',
      '/* import "./commented.ts" */',
      'import F, { type G } from "node:f";',
    ].join("\n");
    const found = importsOf(source);
    assert.deepEqual(
      found.map(({ target, line }) => `${target}:${line}`),
      ["./a.ts:1", "./b.ts:2", "./c.ts:5", "./d.ts:7", "./e.ts:8", "node:f:10"],
    );
    assert.deepEqual(
      found.filter(({ isTypeOnly }) => isTypeOnly).map(({ target }) => target),
      ["./b.ts"],
    );
  });
});

describe("findViolations", () => {
  const allowed: [string, string][] = [
    ["src/oci/store.ts", "./digest.ts"],
    ["src/oci/deep/store.ts", "../digest.ts"],
    ["src/agent/main.ts", "../bt/index.ts"],
    ["src/controller/main.ts", "../api/index.ts"],
    ["src/ctr/main.ts", "../oci/index.ts"],
    ["src/agent/main.test.ts", "../bt/testing/index.ts"],
    ["src/bt/swarm.ts", "node:net"],
    ["src/bt/lean/shell.ts", "node:net"],
    ["src/bt/lean/shell.ts", "./core/core.ts"],
    ["src/bt/lean/core/core.ts", "./state.ts"],
    ["src/bt/lean/core/core.test.ts", "node:test"],
    ["demo/main.ts", "../src/agent/index.ts"],
    ["e2e/a.test.ts", "./support/processes.ts"],
    ["e2e/support/processes.ts", "node:child_process"],
    ["e2e/support/programs.ts", "../../tools/packages.ts"],
    ["tools/check.ts", "./top.ts"],
    ["tools/image/layer.ts", "../../src/oci/index.ts"],
  ];
  for (const [file, target] of allowed) {
    it(`lets ${file} import ${target}`, () => assert.deepEqual(importing(file, target), []));
  }

  const forbidden: [string, string, string][] = [
    ["src/oci/store.ts", "../bt/index.ts", "src/oci must not import src/bt"],
    ["src/bt/swarm.ts", "../oci/index.ts", "src/bt must not import src/oci"],
    [
      "src/bt/lean/core/core.ts",
      "node:crypto",
      "src/bt/lean/core/ does no I/O and so imports nothing but its own files, not node:crypto",
    ],
    [
      "src/bt/lean/core/core.ts",
      "../pool.ts",
      "src/bt/lean/core/ does no I/O and so imports nothing but its own files, not src/bt/lean/pool.ts",
    ],
    ["src/api/address.ts", "../runtime/index.ts", "src/api must not import src/runtime"],
    ["src/runtime/logger.ts", "../api/index.ts", "src/runtime must not import src/api"],
    ["src/ctr/main.ts", "../bt/index.ts", "src/ctr must not import src/bt"],
    ["src/ctr/main.ts", "../agent/index.ts", "src/ctr must not import src/agent"],
    ["src/agent/a.ts", "../controller/index.ts", "src/agent must not import src/controller"],
    ["src/controller/a.ts", "../agent/index.ts", "src/controller must not import src/agent"],
    ["src/oci/a.test.ts", "../bt/index.ts", "src/oci must not import src/bt"],
    ["src/agent/a.ts", "../../e2e/support/temp.ts", "src/agent must not import e2e"],
    ["tools/check.ts", "../src/bt/index.ts", "tools must not import src/bt"],
    [
      "src/agent/main.ts",
      "../oci/digest.ts",
      "src/oci is imported through src/oci/index.ts only, not src/oci/digest.ts",
    ],
    [
      "src/agent/main.ts",
      "../bt/testing/index.ts",
      "src/bt is imported through src/bt/index.ts only, not src/bt/testing/index.ts",
    ],
    [
      "demo/main.ts",
      "../src/agent/main.ts",
      "src/agent is imported through src/agent/index.ts only, not src/agent/main.ts",
    ],
    [
      "e2e/a.test.ts",
      "node:child_process",
      "tests in e2e start programs through e2e/support/processes.ts, not node:child_process",
    ],
  ];
  for (const [file, target, text] of forbidden) {
    it(`refuses that ${file} imports ${target}`, () => {
      assert.deepEqual(importing(file, target), [`${file}: ${text}`]);
    });
  }

  it("refuses a ring of files that load one another, and says how it closes", () => {
    const sources = {
      "src/oci/a.ts": 'import { b } from "./b.ts";',
      "src/oci/b.ts": 'export { c } from "./c.ts";',
      "src/oci/c.ts": 'import { a } from "./a.ts";',
    };
    assert.deepEqual(violationsOf(sources), [
      "src/oci/a.ts: imports itself by way of others: src/oci/a.ts -> src/oci/b.ts -> src/oci/c.ts -> src/oci/a.ts",
    ]);
    const typesOnly = { ...sources, "src/oci/c.ts": 'import type { A } from "./a.ts";' };
    assert.deepEqual(violationsOf(typesOnly), []);
  });
});
