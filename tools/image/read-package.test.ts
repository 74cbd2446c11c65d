import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readAr, readPackage } from "./read-package.ts";

const member = (name: string, text: string): string => {
  const header = `${name.padEnd(16)}${"0".padEnd(12)}${"0".padEnd(6)}${"0".padEnd(6)}${"100644".padEnd(8)}`;
  return `${header}${String(text.length).padEnd(10)}\`\n${text}${text.length % 2 === 1 ? "\n" : ""}`;
};

const anArchive = (...members: string[]) => Buffer.from(`!<arch>\n${members.join("")}`);

describe("an ar archive", () => {
  it("gives its members, of an odd size too, in whichever way they write their names", () => {
    const archive = anArchive(member("debian-binary", "2.0\n\n"), member("data/", "bytes"));
    const members = [...readAr(archive)].map(([name, bytes]) => [name, bytes.toString()]);
    assert.deepEqual(members, [
      ["debian-binary", "2.0\n\n"],
      ["data", "bytes"],
    ]);
  });

  it("is told from what is none", () => {
    assert.throws(() => readAr(Buffer.from("PK\u0003\u0004 and more")), /does not begin as one/);
  });
});

describe("a Debian package", () => {
  const pinned = {
    name: "a",
    version: "1",
    pool: "",
    sha256: "",
    sha1: "",
    license: "",
    paths: [],
  };

  it("is refused when its files are packed in another way than with xz", async () => {
    const deb = anArchive(member("debian-binary", "2.0\n"), member("data.tar.zst", "bytes"));
    await assert.rejects(
      readPackage(deb, pinned),
      /^Error: the Debian package a has no data.tar.xz/,
    );
  });
});
