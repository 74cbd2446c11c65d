/** Files out of one version of a Debian package, which never changes: its digest is checked. */
export type PinnedPackage = {
  readonly name: string;
  readonly version: string;
  /** Where Debian's mirrors have it, below the top of the archive, as long as the version is current. */
  readonly pool: string;
  readonly sha256: string;
  /** snapshot.debian.org, which keeps every version, knows files by it. */
  readonly sha1: string;
  /** SPDX. */
  readonly license: string;
  /** What the image takes of it. */
  readonly paths: readonly string[];
};

const LIBRARIES = "lib/x86_64-linux-gnu";
const GCC_LICENSE = "GPL-3.0-or-later WITH GCC-exception-3.1";

/** What Node is linked with: Debian 12's glibc and the run-time libraries of its compiler; docs/adr/0017 says why these. */
export const DEBIAN_PACKAGES: readonly PinnedPackage[] = [
  {
    name: "libc6",
    version: "2.36-9+deb12u14",
    pool: "pool/main/g/glibc/libc6_2.36-9+deb12u14_amd64.deb",
    sha256: "ba4f88f73dbc3ae9055f3c20f4523bfdbaf1ad13ff95e258924f77d20b4fbedf",
    sha1: "c534c6c7f912b61ca26b7cf4082235a0343b8751",
    license: "LGPL-2.1-or-later",
    paths: [
      "lib64/ld-linux-x86-64.so.2",
      `${LIBRARIES}/ld-linux-x86-64.so.2`,
      `${LIBRARIES}/libc.so.6`,
      `${LIBRARIES}/libdl.so.2`,
      `${LIBRARIES}/libm.so.6`,
      `${LIBRARIES}/libpthread.so.0`,
      "usr/share/doc/libc6/copyright",
    ],
  },
  {
    name: "libgcc-s1",
    version: "12.2.0-14+deb12u1",
    pool: "pool/main/g/gcc-12/libgcc-s1_12.2.0-14+deb12u1_amd64.deb",
    sha256: "3016e62cb4b7cd8038822870601f5ed131befe942774d0f745622cc77d8a88f7",
    sha1: "c72798568b9086ecacf3d46e420c6d90b78ce50d",
    license: GCC_LICENSE,
    paths: [`${LIBRARIES}/libgcc_s.so.1`, "usr/share/doc/libgcc-s1"],
  },
  {
    name: "libstdc++6",
    version: "12.2.0-14+deb12u1",
    pool: "pool/main/g/gcc-12/libstdc++6_12.2.0-14+deb12u1_amd64.deb",
    sha256: "5cd3171216d4ab0fc911cfe9c35509bf2dd8f47761c43b7f6a4296701551a24d",
    sha1: "b1d2dc0cd7bcd57fa4b1ea6dd27a40384d45b937",
    license: GCC_LICENSE,
    paths: [
      "usr/lib/x86_64-linux-gnu/libstdc++.so.6",
      "usr/lib/x86_64-linux-gnu/libstdc++.so.6.0.30",
      "usr/share/doc/libstdc++6",
    ],
  },
  {
    // The licence of the two before it.
    name: "gcc-12-base",
    version: "12.2.0-14+deb12u1",
    pool: "pool/main/g/gcc-12/gcc-12-base_12.2.0-14+deb12u1_amd64.deb",
    sha256: "1896a2aacf4ad681ff5eacc24a5b0ca4d5d9c9b9c9e4b6de5197bc1e116ea619",
    sha1: "715f9e66f5f45930246f5881c6dfe75ab8c6f32c",
    license: GCC_LICENSE,
    paths: ["usr/share/doc/gcc-12-base/copyright"],
  },
];
