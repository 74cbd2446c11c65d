import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { DEFAULT_FILE, daemon, request, type Setting } from "./testing/command-line.ts";

describe("config default and check", () => {
  const defaultText = (setting?: Setting) => {
    const parsed = request("config default", setting);
    assert.ok(parsed.kind === "configDefault");
    return parsed.text;
  };

  for (const [who, setting] of Object.entries<Setting>({
    root: {},
    "a user": { uid: 7, env: { HOME: "/home/a b: #c", XDG_RUNTIME_DIR: "/run/user/7" } },
  })) {
    it(`the default file says the same as no file, for ${who}`, () => {
      const files = { [DEFAULT_FILE]: "", "/home/op/d.yaml": defaultText(setting) };
      const plain = daemon("--bt-seeder", setting);
      assert.deepEqual(daemon("--bt-seeder --config d.yaml", { ...setting, files }), plain);
      assert.deepEqual(request("config check d.yaml", { ...setting, files }), {
        kind: "configCheck",
        file: "/home/op/d.yaml",
        problems: [],
      });
    });
  }

  it("the example in the default file holds once its comment signs are gone", () => {
    const text = defaultText()
      .replace(/^registries: \{\}$/m, "")
      .replace(/^# (registries:| {2}.*)$/gm, "$1");
    const files = { "/home/op/d.yaml": text };
    const config = daemon("--disable-bt --config d.yaml", { files });
    assert.deepEqual(Object.keys(config.registries), ["docker.io", "registry.example.com:5000"]);
  });

  it("check names every mistake of a file, and contradictions in it", () => {
    const text =
      "rotDir: /x\nhardlink: yes\nbittorrent:\n  seeder: true\n  seederAddresses: [tcp://a:1]\n";
    assert.deepEqual(request("config check /c.yaml", { files: { "/c.yaml": text } }), {
      kind: "configCheck",
      file: "/c.yaml",
      problems: [
        "/c.yaml: rotDir: unknown key: did you mean rootDir?",
        "/c.yaml: hardlink: yes is a boolean only in old YAML: write true or false",
        "/c.yaml: bittorrent.seeder and /c.yaml: bittorrent.seederAddresses exclude each other: " +
          "a seeder takes images from registries, a leecher from seeders",
      ],
    });
  });

  it("check takes the default file when none is named, and says when there is none", () => {
    assert.deepEqual(request("config check"), {
      kind: "configCheck",
      file: DEFAULT_FILE,
      problems: [`${DEFAULT_FILE}: there is no such file`],
    });
  });
});
