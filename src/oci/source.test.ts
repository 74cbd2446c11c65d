import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseReference } from "./reference.ts";
import { parseSource } from "./source.ts";

describe("parseSource", () => {
  const sources = {
    busybox: { kind: "docker", reference: parseReference("busybox") },
    "docker://r.example/app:1": { kind: "docker", reference: parseReference("r.example/app:1") },
    "docker://oci:1": { kind: "docker", reference: parseReference("oci:1") },
    "oci:/var/images": { kind: "oci", directory: "/var/images" },
    "oci:../images:1.2": { kind: "oci", directory: "../images", tag: "1.2" },
    "oci:d:docker.io/library/x:1": { kind: "oci", directory: "d", tag: "docker.io/library/x:1" },
    "oci-archive:/a b.tar": { kind: "oci-archive", file: "/a b.tar" },
    "oci-archive:a.tar:v1": { kind: "oci-archive", file: "a.tar", tag: "v1" },
  };
  for (const [text, source] of Object.entries(sources)) {
    it(`reads ${text}`, () => assert.deepEqual(parseSource(text), source));
  }

  const bad = {
    "": '"" is not an image reference: it is empty; give a name such as "busybox"',
    "docker://": '"" is not an image reference: it is empty; give a name such as "busybox"',
    "docker://docker://a":
      '"docker://a" is not an image reference: it has a scheme; write it as "a"',
    "http://r.example/a":
      '"http://r.example/a" is not an image reference: it has a scheme; write it as "r.example/a"',
    "oci:": '"oci:" is not a source of an image: write it as oci:DIR[:NAME]',
    "oci::1": '"oci::1" is not a source of an image: write it as oci:DIR[:NAME]',
    "oci:d:": '"oci:d:" is not a source of an image: "" is not the name of an image in a layout',
    "oci:d:a b":
      '"oci:d:a b" is not a source of an image: "a b" is not the name of an image in a layout',
    "oci:d\0": '"oci:d\\u0000" is not a source of an image: the path holds a NUL character',
    "oci-archive:":
      '"oci-archive:" is not a source of an image: write it as oci-archive:FILE[:NAME]',
    "docker-archive:a.tar":
      '"docker-archive:a.tar" is not a source of an image: use docker://REF, oci:DIR[:NAME] or oci-archive:FILE[:NAME]',
  };
  for (const [text, message] of Object.entries(bad)) {
    it(`refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => parseSource(text), { code: "REFERENCE_INVALID", message });
    });
  }
});
