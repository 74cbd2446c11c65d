import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { it } from "node:test";
import { outdatedCrdCopies } from "./manifests.ts";

it("copies of custom resources that are missing, different or too many are told", (context) => {
  const top = mkdtempSync(join(tmpdir(), "oci-torrent-manifests-"));
  context.after(() => rmSync(top, { recursive: true }));
  const write = (path: string, text: string) => {
    mkdirSync(join(top, path, ".."), { recursive: true });
    writeFileSync(join(top, path), text);
  };
  for (const name of ["same", "changed", "missing"]) write(`crds/${name}.yaml`, "a: 1\n");
  for (const name of ["same", "extra"]) write(`copies/${name}.yaml`, "a: 1\n");
  write("copies/changed.yaml", "a: 2\n");
  assert.deepEqual(outdatedCrdCopies(join(top, "crds"), join(top, "copies")).sort(), [
    ...["changed.yaml", "extra.yaml", "missing.yaml"],
  ]);
  assert.deepEqual(outdatedCrdCopies(), []);
});
