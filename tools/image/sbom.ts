import { createHash } from "node:crypto";
import { packageVersion } from "../build.ts";
import { npmPackage } from "../licenses.ts";
import { DEBIAN_PACKAGES, type PinnedPackage } from "./debian-packages.ts";

type SpdxPackage = Readonly<Record<string, unknown>> & { readonly SPDXID: string };

const UNKNOWN = "NOASSERTION";
/** Of process.versions, what is no software: the program itself, and numbers of its interfaces. */
const NO_SOFTWARE: ReadonlySet<string> = new Set(["node", "modules", "napi"]);
/** An SPDX licence expression, or something else such as a file's name. */
const EXPRESSION = /^[\w.+() -]+$/;

function spdxPackage(name: string, version: string, purl: string, license = UNKNOWN): SpdxPackage {
  const licenseDeclared = EXPRESSION.test(license) ? license : UNKNOWN;
  return {
    SPDXID: `SPDXRef-${purl.replaceAll(/[^A-Za-z0-9.]+/g, "-")}`,
    name,
    versionInfo: version,
    downloadLocation: UNKNOWN,
    filesAnalyzed: false,
    licenseConcluded: UNKNOWN,
    licenseDeclared,
    copyrightText: UNKNOWN,
    externalRefs: [
      {
        referenceCategory: "PACKAGE-MANAGER",
        referenceType: "purl",
        referenceLocator: purl,
      },
    ],
  };
}

function ofDebian({ name, version, sha256, sha1, license }: PinnedPackage): SpdxPackage {
  const purl = `pkg:deb/debian/${encodeURIComponent(name)}@${encodeURIComponent(version)}?arch=amd64&distro=debian-12`;
  return {
    ...spdxPackage(name, version, purl, license),
    downloadLocation: `https://snapshot.debian.org/file/${sha1}`,
    checksums: [{ algorithm: "SHA256", checksumValue: sha256 }],
  };
}

function ofNpm(directory: string): SpdxPackage {
  const { name, version, license } = npmPackage(directory);
  return spdxPackage(name, version, `pkg:npm/${name.replace("@", "%40")}@${version}`, license);
}

const bundledInNode = (): SpdxPackage[] =>
  Object.entries(process.versions)
    .filter(([name]) => !NO_SOFTWARE.has(name))
    .map(([name, version = ""]) =>
      spdxPackage(name, version, `pkg:generic/${name}@${encodeURIComponent(version)}`),
    );

const contains = (one: SpdxPackage, others: readonly SpdxPackage[]) =>
  others.map(({ SPDXID }) => ({
    spdxElementId: one.SPDXID,
    relationshipType: "CONTAINS",
    relatedSpdxElement: SPDXID,
  }));

/** What the image is made of, as JSON (SPDX 2.3): for this Node, and npm packages by their directories from the top. */
export function softwareBill(npmDirectories: readonly string[], createdAt: Date): string {
  const version = packageVersion();
  const image = {
    ...spdxPackage("oci-torrent", version, `pkg:npm/oci-torrent@${version}`, "Apache-2.0"),
    primaryPackagePurpose: "CONTAINER",
  };
  const nodeVersion = process.versions.node;
  const node = spdxPackage("node", nodeVersion, `pkg:generic/node@${nodeVersion}`, "MIT");
  const inNode = bundledInNode();
  // Of one version, npm may have put two copies into two directories.
  const npm = new Map(npmDirectories.map(ofNpm).map((each) => [each.SPDXID, each]));
  const inImage = [node, ...DEBIAN_PACKAGES.map(ofDebian), ...npm.values()];
  const contents = {
    packages: [image, ...inImage, ...inNode],
    relationships: [
      {
        spdxElementId: "SPDXRef-DOCUMENT",
        relationshipType: "DESCRIBES",
        relatedSpdxElement: image.SPDXID,
      },
      ...contains(image, inImage),
      ...contains(node, inNode),
    ],
  };
  const digest = createHash("sha256").update(JSON.stringify(contents)).digest("hex");
  const bill = {
    spdxVersion: "SPDX-2.3",
    dataLicense: "CC0-1.0",
    SPDXID: "SPDXRef-DOCUMENT",
    name: `oci-torrent-${version}`,
    documentNamespace: `https://oci-torrent.io/spdx/oci-torrent-${version}-${digest}`,
    creationInfo: {
      created: createdAt.toISOString().replace(/\.\d+/, ""),
      creators: [`Tool: oci-torrent-image-${version}`],
    },
    ...contents,
  };
  return `${JSON.stringify(bill, null, 1)}\n`;
}
