import { isAbsolute, join } from "node:path";

/** Whose daemon it is. */
export type Account = {
  readonly uid: number;
  readonly env: Readonly<Record<string, string | undefined>>;
};

export type DaemonDirectories = {
  /** Where the daemon keeps blobs and layouts. */
  readonly rootDir: string;
  /** Where the daemon listens and the CLI looks for it; none where the user has no runtime directory. */
  readonly socket?: string;
  readonly configFile: string;
};

/** The system's directories for root; those of the XDG Base Directory Specification for everyone else. */
export function daemonDirectories({ uid, env }: Account): DaemonDirectories {
  if (uid === 0) {
    return {
      rootDir: "/data/oci-torrentd",
      socket: "/run/oci-torrentd/oci-torrentd.sock",
      configFile: "/etc/oci-torrent/config.yaml",
    };
  }
  const home = env["HOME"] ?? "/";
  // The specification: a relative path in one of these variables is to be ignored.
  const xdg = (name: string) => {
    const value = env[name];
    return value !== undefined && isAbsolute(value) ? value : undefined;
  };
  const runtime = xdg("XDG_RUNTIME_DIR");
  return {
    rootDir: join(xdg("XDG_DATA_HOME") ?? join(home, ".local/share"), "oci-torrentd"),
    ...(runtime === undefined ? {} : { socket: join(runtime, "oci-torrentd/oci-torrentd.sock") }),
    configFile: join(xdg("XDG_CONFIG_HOME") ?? join(home, ".config"), "oci-torrent/config.yaml"),
  };
}
