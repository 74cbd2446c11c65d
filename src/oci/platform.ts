import { endianness } from "node:os";
import type { Descriptor, Platform } from "./descriptor.ts";
import { OciError } from "./errors.ts";
import { quoted } from "./quoted.ts";

const PART = /^[a-z0-9_][a-z0-9._-]*$/;

// Other names for what Go, and with it every image, calls an architecture.
const ARCHITECTURES: ReadonlyMap<string, string> = new Map([
  ["x86_64", "amd64"],
  ["x86-64", "amd64"],
  ["aarch64", "arm64"],
  ["i386", "386"],
  ["i686", "386"],
]);
const ARM_VARIANTS: ReadonlyMap<string, string> = new Map([
  ["armhf", "v7"],
  ["armel", "v6"],
]);

/**
 * Reads `os/architecture[/variant]`, such as `linux/arm/v7`; usual other names are understood. The variant that an
 * architecture has anyway is left out, as in `linux/arm64`. Throws PLATFORM_MISSING for a text that names none.
 */
export function parsePlatform(text: string): Platform {
  const parts = text.trim().toLowerCase().split("/");
  const [os = "", architecture = "", variant] = parts;
  if (parts.length < 2 || parts.length > 3 || !parts.every((part) => PART.test(part))) {
    throw new OciError(
      "PLATFORM_MISSING",
      `${quoted(text)} is not a platform: write os/architecture[/variant], such as linux/amd64`,
    );
  }
  return normalisePlatform({ os, architecture, ...(variant === undefined ? {} : { variant }) });
}

export const formatPlatform = ({ os, architecture, variant }: Platform): string =>
  variant === undefined ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;

/** The same platform by the one name that comparisons use: arm64 for arm64/v8 and aarch64, arm/v7 for arm. */
export function normalisePlatform(platform: Platform): Platform {
  const os = platform.os === "macos" ? "darwin" : platform.os;
  const named = ARM_VARIANTS.get(platform.architecture);
  if (named !== undefined) return { os, architecture: "arm", variant: named };
  const architecture = ARCHITECTURES.get(platform.architecture) ?? platform.architecture;
  const variant = variantOf(architecture, platform.variant);
  return variant === undefined ? { os, architecture } : { os, architecture, variant };
}

function variantOf(architecture: string, variant: string | undefined): string | undefined {
  if (architecture === "arm") return variant === undefined ? "v7" : vNumber(variant);
  if (architecture === "arm64" && (variant === "8" || variant === "v8")) return undefined;
  if (architecture === "amd64" && variant === "v1") return undefined;
  return variant;
}

const vNumber = (variant: string): string => (/^[0-9]/.test(variant) ? `v${variant}` : variant);

type Machine = {
  readonly platform: string;
  readonly arch: string;
  readonly armVersion?: string;
  readonly endianness: string;
};

/** What this machine runs. `machine` is there for tests. */
export function hostPlatform(machine: Machine = thisMachine()): Platform {
  const os = machine.platform === "win32" ? "windows" : machine.platform;
  const little = machine.endianness === "LE";
  const architecture =
    { x64: "amd64", ia32: "386", ppc64: little ? "ppc64le" : "ppc64" }[machine.arch] ??
    machine.arch;
  if (architecture !== "arm") return { os, architecture };
  return normalisePlatform({ os, architecture, variant: machine.armVersion ?? "v7" });
}

function thisMachine(): Machine {
  const variables = process.config.variables as { readonly arm_version?: string | number };
  const armVersion = variables.arm_version;
  return {
    platform: process.platform,
    arch: process.arch,
    endianness: endianness(),
    ...(armVersion === undefined ? {} : { armVersion: String(armVersion) }),
  };
}

/**
 * The platforms that a machine of platform `wanted` runs, best first: as containerd's matcher has them, lower variants
 * of the same architecture and then the 32-bit one that its processors understand.
 */
export function runnablePlatforms(wanted: Platform): readonly Platform[] {
  const { os, architecture, variant } = normalisePlatform(wanted);
  const as = (other: string, number: number): Platform =>
    normalisePlatform({ os, architecture: other, variant: `v${number}` });
  const down = (other: string, from: number, to: number): readonly Platform[] =>
    Array.from({ length: Math.max(0, from - to + 1) }, (_, step) => as(other, from - step));
  const level = /^v([0-9])$/.exec(variant ?? "")?.[1];
  if (architecture === "amd64" && (variant === undefined || level !== undefined)) {
    return [...down("amd64", Number(level ?? 1), 1), { os, architecture: "386" }];
  }
  if (architecture === "arm64" && (variant === undefined || level !== undefined)) {
    return [...down("arm64", Number(level ?? 8), 8), ...down("arm", 8, 5)];
  }
  if (architecture === "arm" && level !== undefined) return down("arm", Number(level), 5);
  return [normalisePlatform(wanted)];
}

/**
 * The entry of an index for a machine of platform `wanted`. An index with a single entry that names no platform is
 * taken at its word. Throws PLATFORM_MISSING with the list of what there is.
 */
export function choosePlatform(manifests: readonly Descriptor[], wanted: Platform): Descriptor {
  for (const runnable of runnablePlatforms(wanted).map(formatPlatform)) {
    const found = manifests.find(({ platform }) => nameOf(platform) === runnable);
    if (found !== undefined) return found;
  }
  const [only, ...others] = manifests;
  if (only !== undefined && others.length === 0 && only.platform === undefined) return only;
  throw new OciError(
    "PLATFORM_MISSING",
    `the image has nothing for ${formatPlatform(wanted)}: ${whatThereIs(manifests)}`,
  );
}

const nameOf = (platform: Platform | undefined): string | undefined =>
  platform === undefined ? undefined : formatPlatform(normalisePlatform(platform));

function whatThereIs(manifests: readonly Descriptor[]): string {
  // Attestations and the like are filed under the platform unknown/unknown.
  const names = manifests
    .map(({ platform }) => nameOf(platform))
    .filter((name) => name !== undefined && !name.startsWith("unknown/"));
  return names.length === 0 ? "it names no platform" : `it has ${[...new Set(names)].join(", ")}`;
}
