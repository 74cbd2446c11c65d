import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { directory, file, withParents } from "./root-entry.ts";

describe("the files of a root", () => {
  it("come with their directories, each before what is in it", () => {
    const paths = withParents([file("usr/bin/b", ""), file("etc/a", "")]).map(({ path }) => path);
    assert.deepEqual(paths, ["etc", "etc/a", "usr", "usr/bin", "usr/bin/b"]);
  });

  it("keep the mode of a directory that is given", () => {
    const [first] = withParents([file("tmp/a", ""), directory("tmp", 0o1777)]);
    assert.deepEqual(first, directory("tmp", 0o1777));
  });

  it("are refused when two have one path", () => {
    assert.throws(
      () => withParents([file("etc/a", "1"), file("etc/a", "2")]),
      /two files are etc\/a$/,
    );
  });
});
