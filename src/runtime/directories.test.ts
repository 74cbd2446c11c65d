import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { daemonDirectories } from "./directories.ts";

describe("daemonDirectories", () => {
  it("takes the system's for root, whatever the environment says", () => {
    const env = { XDG_DATA_HOME: "/x", XDG_RUNTIME_DIR: "/x", XDG_CONFIG_HOME: "/x" };
    assert.deepEqual(daemonDirectories({ uid: 0, env }), {
      rootDir: "/data/oci-torrentd",
      socket: "/run/oci-torrentd/oci-torrentd.sock",
      configFile: "/etc/oci-torrent/config.yaml",
    });
  });

  it("takes those of the user's environment", () => {
    const env = {
      HOME: "/home/ada",
      XDG_DATA_HOME: "/mnt/data",
      XDG_RUNTIME_DIR: "/run/user/1000",
      XDG_CONFIG_HOME: "/mnt/config",
    };
    assert.deepEqual(daemonDirectories({ uid: 1000, env }), {
      rootDir: "/mnt/data/oci-torrentd",
      socket: "/run/user/1000/oci-torrentd/oci-torrentd.sock",
      configFile: "/mnt/config/oci-torrent/config.yaml",
    });
  });

  it("falls back to the home directory, ignores relative ones, and has no socket without a place for it", () => {
    const env = { HOME: "/home/ada", XDG_DATA_HOME: "data", XDG_RUNTIME_DIR: "" };
    assert.deepEqual(daemonDirectories({ uid: 1000, env }), {
      rootDir: "/home/ada/.local/share/oci-torrentd",
      configFile: "/home/ada/.config/oci-torrent/config.yaml",
    });
  });
});
