/** A Debian package that tests need, with those of its programs that they may start. */
export type DebianPackage = {
  readonly name: string;
  readonly programs: readonly string[];
  /** A service that the package starts by itself, which must not run beside the tests. */
  readonly service?: string;
};

export const PACKAGES: readonly DebianPackage[] = [
  { name: "apache2-utils", programs: ["htpasswd"] },
  { name: "aria2", programs: ["aria2c"] },
  { name: "bsdutils", programs: ["script"] },
  { name: "buildah", programs: ["buildah"] },
  { name: "busybox-static", programs: ["busybox"] },
  { name: "containerd", programs: ["containerd"], service: "containerd" },
  { name: "containernetworking-plugins", programs: [] },
  { name: "docker-registry", programs: ["docker-registry"], service: "docker-registry" },
  { name: "e2fsprogs", programs: ["mkfs.ext4"] },
  { name: "etcd-server", programs: ["etcd"], service: "etcd" },
  { name: "iproute2", programs: ["ip", "tc", "ss"] },
  { name: "iptables", programs: ["iptables"] },
  { name: "mount", programs: ["mount", "umount"] },
  { name: "openssl", programs: ["openssl"] },
  { name: "python3-libtorrent", programs: [] },
  { name: "python3-minimal", programs: ["python3"] },
  { name: "runc", programs: ["runc"] },
  { name: "skopeo", programs: ["skopeo"] },
  { name: "tcpdump", programs: ["tcpdump"] },
  { name: "transmission-cli", programs: ["transmission-remote"] },
  {
    name: "transmission-daemon",
    programs: ["transmission-daemon"],
    service: "transmission-daemon",
  },
  { name: "umoci", programs: ["umoci"] },
  { name: "util-linux", programs: ["nsenter", "pivot_root", "setpriv", "unshare"] },
  { name: "xz-utils", programs: ["xz"] },
];

export function packageOfProgram(program: string): DebianPackage | undefined {
  return PACKAGES.find(({ programs }) => programs.includes(program));
}
