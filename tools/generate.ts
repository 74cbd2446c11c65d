// Writes what is generated: from src/api/proto TypeScript types, and the definitions as JSON, since a bundle cannot load a
// .proto; from crds/ the types of our custom resources.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import protobuf from "protobufjs";
import { typesOfCrd } from "./crd-types.ts";
import { filesMatching } from "./sources.ts";
import { TOP } from "./top.ts";

const PROTO_DIR = "src/api/proto";
const GENERATED_DIR = join(TOP, "src/api/generated");
const PROTOS = [
  "oci_torrent.proto",
  "session.proto",
  "health.proto",
  "runtime.proto",
  "cri.proto",
  "containerd_images.proto",
  "containerd_content.proto",
  "containerd_leases.proto",
];

export function generate(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
  generateFromProtos(directory);
  generateFromCrds(join(directory, "kubernetes"));
}

/** imagedistributions.yaml gives image-distribution.ts, by the name of the kind. */
function generateFromCrds(directory: string): void {
  mkdirSync(directory);
  for (const path of filesMatching("crds/*.yaml")) {
    const { kind, source } = typesOfCrd(readFileSync(path, "utf8"));
    const name = kind.replaceAll(/(?<!^)[A-Z]/g, "-$&").toLowerCase();
    writeFileSync(join(directory, `${name}.ts`), source);
  }
}

function generateFromProtos(directory: string): void {
  const options = [
    ...["--longs=Number", "--enums=String", "--defaults", "--oneofs"],
    ...["--grpcLib=@grpc/grpc-js", "--targetFileExtension=.ts", "--importFileExtension=.ts"],
    ...[`--outDir=${directory}`, `--includeDirs=${PROTO_DIR}`],
  ];
  // From the top with relative names: the generated files then say nothing of this machine.
  execFileSync("node_modules/.bin/proto-loader-gen-types", [...PROTOS, ...options], { cwd: TOP });
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => join(TOP, PROTO_DIR, target);
  root.loadSync(PROTOS, { keepCase: false });
  writeFileSync(join(directory, "protos.json"), `${JSON.stringify(root.toJSON(), undefined, 1)}\n`);
}

/** The generated files, by their path below the directory. */
function filesBelow(directory: string): Map<string, string> {
  const names = readdirSync(directory, { recursive: true, withFileTypes: true });
  const files = names.filter((entry) => entry.isFile());
  return new Map(
    files.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [relative(directory, path), readFileSync(path, "utf8")];
    }),
  );
}

/** Names of generated files that are not what the sources give; empty when all are up to date. */
export function outdatedFiles(): string[] {
  const directory = mkdtempSync(join(tmpdir(), "oci-torrent-generate-"));
  try {
    generate(directory);
    const fresh = filesBelow(directory);
    const present = filesBelow(GENERATED_DIR);
    const names = new Set([...fresh.keys(), ...present.keys()]);
    return [...names].filter((name) => fresh.get(name) !== present.get(name));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

if (import.meta.main) generate(GENERATED_DIR);
