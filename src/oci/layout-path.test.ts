import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { layoutPath } from "./layout-path.ts";
import { parseReference } from "./reference.ts";
import { aReferenceText, propertyRuns } from "./testing/reference-arbitrary.ts";

describe("layoutPath", () => {
  const paths = {
    busybox: "library/busybox",
    "grafana/grafana:1": "grafana/grafana",
    "r.example/app": "r.example/app",
    "r.example:5000/team/app": "r.example_5000/team/app",
    "localhost/app": "localhost/app",
    "docker.io/a.b/c": "docker.io/a.b/c",
    "docker.io/localhost/c": "docker.io/localhost/c",
    "docker.io/docker.io/c": "docker.io/docker.io/c",
    "docker.io/a_5000/c": "docker.io/a_5000/c",
    "a:5000/c": "a_5000/c",
    "docker.io:443/c": "docker.io_443/c",
    "r.example/a/blobs": "r.example/a/blobs_",
    "blobs/refs": "blobs_/refs_",
    "r.example/index.json/oci-layout": "r.example/index.json_/oci-layout_",
    "index.json/app": "index.json_/app",
  };
  for (const [text, path] of Object.entries(paths)) {
    it(`puts ${text} into ${path}`, () => assert.equal(layoutPath(parseReference(text)), path));
  }

  it("gives each repository its own path, outside of what other layouts own", () => {
    fc.assert(
      fc.property(aReferenceText, aReferenceText, (one, other) => {
        const [a, b] = [parseReference(one), parseReference(other)];
        const same = a.host === b.host && a.repository === b.repository;
        assert.equal(layoutPath(a) === layoutPath(b), same);
        for (const owned of ["blobs", "refs", "index.json", "oci-layout"]) {
          assert.ok(!`${layoutPath(b)}/`.startsWith(`${layoutPath(a)}/${owned}/`));
        }
        for (const component of layoutPath(a).split("/")) {
          assert.match(component, /^[a-z0-9][a-z0-9._-]*$/);
        }
      }),
      { numRuns: propertyRuns },
    );
  });
});
