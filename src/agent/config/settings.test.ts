import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { daemonDirectories } from "../../runtime/index.ts";
import { readYaml, type YamlTree } from "../../settings/index.ts";
import { defaultFile } from "./default-file.ts";
import { environmentName, settingNames, settingOf } from "./settings.ts";

const directories = daemonDirectories({ uid: 0, env: {} });
const all = settingNames.map(settingOf);

const unique = (texts: readonly (string | undefined)[]) => {
  const given = texts.filter((text) => text !== undefined);
  assert.deepEqual(given, [...new Set(given)]);
};

describe("the table of settings", () => {
  it("gives each setting names of its own", () => {
    unique(all.flatMap(({ flag, alias }) => [flag, alias]));
    unique(all.map(({ short }) => short));
    unique(all.flatMap(({ yaml }) => (yaml.length === 0 ? [] : [yaml.join(".")])));
    assert.equal(environmentName({ flag: "tls-client-ca" }), "OCI_TORRENT_TLS_CLIENT_CA");
  });

  for (const setting of all) {
    it(`reads the default of --${setting.flag}`, () => {
      setting.read(setting.initial(directories));
    });
  }

  it("has every key in the default file, and the file has no other", () => {
    const keysOf = (tree: YamlTree): string[] =>
      Object.entries(tree).flatMap(([key, value]) =>
        key !== "registries" && value !== null && typeof value === "object" && !Array.isArray(value)
          ? Object.keys(value).map((inner) => `${key}.${inner}`)
          : [key],
      );
    const inFile = keysOf(readYaml(defaultFile(directories)));
    const inTable = all.map(({ yaml }) => yaml.join(".")).filter((key) => key !== "");
    assert.deepEqual(inFile.sort(), [...inTable, "registries"].sort());
  });
});
