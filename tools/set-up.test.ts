import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { describe, it } from "node:test";
import { PACKAGES } from "./packages.ts";
import { type Machine, missingPackages, planSetUp } from "./set-up.ts";

const skopeo = { name: "skopeo", programs: ["skopeo"] };
const umoci = { name: "umoci", programs: ["umoci"] };
const COMMAND = "apt-get install -y --no-install-recommends skopeo umoci";

const aMachine = (differing: Partial<Machine>): Machine => ({
  missing: [skopeo, umoci],
  isRoot: true,
  hasApt: true,
  forbidden: false,
  ...differing,
});

describe("planSetUp", () => {
  it("does nothing when nothing is missing", () => {
    assert.deepEqual(planSetUp(aMachine({ missing: [] })), { do: "nothing" });
  });

  it("installs all that is missing with one command", () => {
    const plan = planSetUp(aMachine({}));
    assert.deepEqual(plan, { do: "install", command: COMMAND, packages: ["skopeo", "umoci"] });
  });

  const leftOut = "tests that need skopeo, umoci are left out";
  const sentences: Record<string, [Partial<Machine>, string]> = {
    "when forbidden": [
      { forbidden: true },
      `${leftOut}: OCI_TORRENT_SETUP=0 forbids \`${COMMAND}\``,
    ],
    "when not root": [{ isRoot: false }, `${leftOut}: run \`sudo ${COMMAND}\` to have them`],
    "without apt": [{ hasApt: false }, `${leftOut}: this machine has no apt-get`],
  };
  for (const [when, [differing, sentence]] of Object.entries(sentences)) {
    it(`names what is left out and the way to have it ${when}`, () => {
      assert.deepEqual(planSetUp(aMachine(differing)), { do: "leave-out", sentence });
    });
  }
});

const skip = !existsSync("/usr/bin/dpkg-query") && "this machine has no dpkg";

describe("missingPackages", () => {
  it("finds a package that does not exist, and none that every Debian has", { skip }, () => {
    const absent = { name: "oci-torrent-no-such-package", programs: [] };
    const present = { name: "dpkg", programs: ["dpkg"] };
    assert.deepEqual(missingPackages([absent, present]), [absent]);
  });
});

describe("the declared packages", () => {
  it("declare each program once", () => {
    const programs = PACKAGES.flatMap((each) => each.programs);
    assert.deepEqual(programs, [...new Set(programs)]);
  });
});
