// Our daemons once more, with other flags.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Scope } from "../../e2e/support/at-end.ts";
import type { Host } from "../../e2e/support/netns.ts";
import { tempDir } from "../../e2e/support/temp.ts";
import { createAuthority, createCertificate } from "../../src/oci/testing/index.ts";
import { NO_FLAGS, ours, prepareDaemons } from "./our-daemons.ts";
import type { System } from "./system.ts";

/** Flags for a certificate of its own for each host, all of one authority. */
function certificates(scope: Scope): (host: Host) => readonly string[] {
  const directory = tempDir(scope);
  const authority = createAuthority();
  return ({ name, address }) => {
    const own = join(directory, name);
    mkdirSync(own);
    const file = (kind: string, text: string) => {
      writeFileSync(join(own, kind), text);
      return join(own, kind);
    };
    const { cert, key } = createCertificate({ hosts: [address], issuer: authority });
    return [
      `--tls-cert=${file("cert.pem", cert)}`,
      `--tls-key=${file("key.pem", key)}`,
      `--tls-client-ca=${file("ca.pem", authority.cert)}`,
    ];
  };
}

/** All that they say to each other goes over mutual TLS. */
export const encrypted: System = {
  ...ours,
  name: "ours-tls",
  settings: "oci-torrentd with --tls-cert, --tls-key and --tls-client-ca",
  prepare: (scope, course) =>
    prepareDaemons(scope, course, { ...NO_FLAGS, each: certificates(scope) }),
};

/** Bytes per second that the capped seed may send. */
export const CAP = 5_000_000;

const CAPPED = [`--upload-rate=${CAP}`];

/** Their seed may send less than its link carries. */
export const capped: System = {
  ...ours,
  name: "ours-capped",
  settings: `oci-torrentd, the seeder with ${CAPPED.join(" ")}`,
  prepare: (scope, course) => prepareDaemons(scope, course, { ...NO_FLAGS, seeder: CAPPED }),
};
