import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cacheKey, requiredVersion, whyNotGo } from "./go-modules.ts";

describe("whyNotGo", () => {
  for (const version of ["go1.26", "go1.26.8", "go1.27rc1", "go2.0"]) {
    it(`has nothing against ${version}`, () => assert.equal(whyNotGo(version), undefined));
  }
  for (const version of ["go1.25.9", "go1.9", "devel +3f4a"]) {
    it(`says that ${version} is too old, and the way out`, () =>
      assert.match(
        whyNotGo(version) ?? "",
        new RegExp(`${RegExp.escape(version)}: install Go 1.26`),
      ));
  }
  it("says that Go is missing, and the way out", () => {
    assert.match(whyNotGo(undefined) ?? "", /which is missing: install Go 1\.26 or later/);
  });
});

describe("cacheKey", () => {
  it("is the same for the same, and another when anything is another", () => {
    const key = cacheKey(["go.mod", "go.sum", "go1.26.8"]);
    assert.match(key, /^[0-9a-f]{16}$/);
    assert.equal(cacheKey(["go.mod", "go.sum", "go1.26.8"]), key);
    assert.notEqual(cacheKey(["go.mod", "go.sum", "go1.26.9"]), key);
    assert.notEqual(cacheKey(["go.modgo.sum", "", "go1.26.8"]), key);
  });
});

describe("requiredVersion", () => {
  it("is what go.mod requires, not what it replaces", () => {
    const goMod =
      "replace (\n\tk8s.io/api => k8s.io/api v0.34.4\n)\n\tk8s.io/kubernetes v1.34.4 // indirect\n";
    assert.equal(requiredVersion(goMod, "k8s.io/kubernetes"), "v1.34.4");
  });
  it("is found where a single module is required", () => {
    assert.equal(requiredVersion("module a\n\nrequire b.io/c v1.0.0\n", "b.io/c"), "v1.0.0");
  });
  it("refuses a go.mod that does not require it", () => {
    assert.throws(() => requiredVersion("module a\n", "k8s.io/kubernetes"), /k8s\.io\/kubernetes/);
  });
});
