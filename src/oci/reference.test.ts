import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { digestOf } from "./digest.ts";
import {
  familiarName,
  familiarReference,
  formatReference,
  parseReference,
  withDigest,
} from "./reference.ts";
import { aReferenceText, propertyRuns } from "./testing/reference-arbitrary.ts";

const hex = "0123456789abcdef".repeat(4);
const digest = `sha256:${hex}`;

describe("parseReference", () => {
  const canonical = {
    busybox: "docker.io/library/busybox:latest",
    "busybox:1.36": "docker.io/library/busybox:1.36",
    "grafana/grafana": "docker.io/grafana/grafana:latest",
    "docker.io/busybox": "docker.io/library/busybox:latest",
    "index.docker.io/busybox": "docker.io/library/busybox:latest",
    "Docker.IO/library/busybox": "docker.io/library/busybox:latest",
    "docker.io/a.b/c": "docker.io/a.b/c:latest",
    "docker.io/localhost/c": "docker.io/localhost/c:latest",
    "localhost/app": "localhost/app:latest",
    "localhost:5000/app": "localhost:5000/app:latest",
    "app:5000": "docker.io/library/app:5000",
    "registry.example:65535/a/b__c/d---e:V1": "registry.example:65535/a/b__c/d---e:V1",
    "Registry.Example/app": "registry.example/app:latest",
    "127.0.0.1:1/app": "127.0.0.1:1/app:latest",
    [`busybox@${digest}`]: `docker.io/library/busybox@${digest}`,
    [`busybox:1@${digest}`]: `docker.io/library/busybox:1@${digest}`,
    [`busybox:${"t".repeat(128)}`]: `docker.io/library/busybox:${"t".repeat(128)}`,
    [`r.example/${"a".repeat(245)}`]: `r.example/${"a".repeat(245)}:latest`,
  };
  for (const [text, full] of Object.entries(canonical)) {
    it(`reads ${text.slice(0, 60)}`, () => {
      assert.equal(formatReference(parseReference(text)), full);
    });
  }

  const bad: readonly (readonly [text: string, why: string])[] = [
    ["", 'it is empty; give a name such as "busybox"'],
    ["  ", 'it is empty; give a name such as "busybox"'],
    ["\n", 'it is empty; give a name such as "busybox"'],
    ["Busybox", 'a repository is lower case; write "busybox" for "Busybox"'],
    ["r.example/team/App", 'a repository is lower case; write "app" for "App"'],
    ["busybox/", "it ends in a slash"],
    ["r.example/", "it ends in a slash"],
    ["a//b", "it holds an empty part between two slashes"],
    [`r.example/${"a".repeat(246)}`, "host and repository have 256 characters, more than 255"],
    ["a".repeat(248), "host and repository have 266 characters, more than 255"],
    [":tag", "the name is missing"],
    [`@${digest}`, "the name is missing"],
    ["busybox:", "the tag after the colon is missing"],
    [`busybox:${"t".repeat(129)}`, "the tag has 129 characters, more than 128"],
    [
      "busybox:-x",
      'the tag "-x" may hold letters, digits, "_", "." and "-" only, and not start with "." or "-"',
    ],
    [
      "busybox:a:b",
      'the tag "a:b" may hold letters, digits, "_", "." and "-" only, and not start with "." or "-"',
    ],
    ["busybox@sha256:beef", "the digest has 4 hex digits instead of 64"],
    [`busybox@${digest}0`, "the digest has 65 hex digits instead of 64"],
    [`busybox@sha256:${hex.toUpperCase()}`, "the digest may hold the digits 0-9 and a-f only"],
    [`busybox@md5:${hex}`, 'the digest algorithm "md5" is not supported; use sha256'],
    ["busybox@", 'the digest algorithm "" is not supported; use sha256'],
    [`busybox@${digest}@${digest}`, "the digest has 71 hex digits instead of 64"],
    ["docker://busybox", 'it has a scheme; write it as "busybox"'],
    ["https://r.example/app", 'it has a scheme; write it as "r.example/app"'],
    ["[::1]:5000/app", "IPv6 addresses are not supported; give the registry a host name"],
    ["r.example:0/app", 'the port "0" is not a number from 1 to 65535'],
    ["r.example:65536/app", 'the port "65536" is not a number from 1 to 65535'],
    ["r.example:080/app", 'the port "080" is not a number from 1 to 65535'],
    ["r.example:/app", 'the port "" is not a number from 1 to 65535'],
    ["r.example:1:2/app", '"r.example:1:2" is not a host name'],
    ["-r.example.-/app", "it starts with a dash; flags go before the image"],
    ["r_x.example/app", '"r_x.example" is not a host name'],
    ["r..example/app", '"r..example" is not a host name'],
    ["b\u0443sybox", "it holds a character that is not printable ASCII"],
    ["busybox\0", "it holds a character that is not printable ASCII"],
    ["busy\nbox", "it holds a character that is not printable ASCII"],
    ["busybox\u202e", "it holds a character that is not printable ASCII"],
    ["busy box", "it holds a space"],
    ["-busybox", "it starts with a dash; flags go before the image"],
    ["../x", 'it looks like a path; an OCI layout is written as "oci:../x"'],
    ["./x", 'it looks like a path; an OCI layout is written as "oci:./x"'],
    ["/x", 'it looks like a path; an OCI layout is written as "oci:/x"'],
    ["..", 'it looks like a path; an OCI layout is written as "oci:.."'],
    ["a/../b", 'the part ".." may hold a-z and 0-9, parted by ".", "_", "__" or dashes, only'],
    ["a___b", 'the part "a___b" may hold a-z and 0-9, parted by ".", "_", "__" or dashes, only'],
    ["a/b\\c", 'the part "b\\\\c" may hold a-z and 0-9, parted by ".", "_", "__" or dashes, only'],
    ["a%2fb", 'the part "a%2fb" may hold a-z and 0-9, parted by ".", "_", "__" or dashes, only'],
    [hex, "it is an image id; give the name of the image"],
  ];
  for (const [text, why] of bad) {
    it(`refuses ${JSON.stringify(text.slice(0, 40))}: ${why}`, () => {
      assert.throws(
        () => parseReference(text),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, "REFERENCE_INVALID");
          assert.match(error.message, /^[ -~]+$/);
          assert.equal(error.message.split(" is not an image reference: ")[1], why);
          return true;
        },
      );
    });
  }

  it("shows what it refuses, escaped and cut", () => {
    assert.throws(() => parseReference("b\u0443sy\nbox"), {
      message:
        '"b\\u{443}sy\\nbox" is not an image reference: it holds a character that is not printable ASCII',
    });
    assert.throws(() => parseReference(`${"a".repeat(1_000_000)}/`), {
      message: `"${"a".repeat(100)}..." is not an image reference: it ends in a slash`,
    });
  });

  it("reads back what it formats, in full and in short", () => {
    fc.assert(
      fc.property(aReferenceText, (text) => {
        const reference = parseReference(text);
        assert.deepEqual(parseReference(formatReference(reference)), reference);
        assert.deepEqual(parseReference(familiarReference(reference)), reference);
      }),
      { numRuns: propertyRuns },
    );
  });

  it("answers any text with a reference or with REFERENCE_INVALID", () => {
    const mutated = fc.tuple(aReferenceText, fc.nat(80), fc.string({ maxLength: 3 }));
    fc.assert(
      fc.property(mutated, ([text, at, insert]) => {
        try {
          const reference = parseReference(text.slice(0, at) + insert + text.slice(at + 1));
          assert.deepEqual(parseReference(formatReference(reference)), reference);
        } catch (error) {
          assert.equal((error as { code?: string }).code, "REFERENCE_INVALID");
        }
      }),
      { numRuns: propertyRuns },
    );
  });
});

describe("familiarName", () => {
  const names = {
    "docker.io/library/busybox:1": "busybox",
    "docker.io/grafana/grafana": "grafana/grafana",
    "docker.io/library/a/b": "library/a/b",
    "docker.io/a.b/c": "docker.io/a.b/c",
    "docker.io/localhost/c": "docker.io/localhost/c",
    "r.example:5000/library/app": "r.example:5000/library/app",
    [`docker.io/library/${hex}`]: `library/${hex}`,
  };
  for (const [text, name] of Object.entries(names)) {
    it(`calls ${text.slice(0, 40)} ${name.slice(0, 40)}`, () => {
      assert.equal(familiarName(parseReference(text)), name);
    });
  }
});

it("withDigest pins a reference and keeps its tag", () => {
  const pinned = withDigest(parseReference("busybox:1"), digestOf(Buffer.from("x")));
  assert.match(familiarReference(pinned), /^busybox:1@sha256:/);
});
