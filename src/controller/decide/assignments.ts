import { createHash } from "node:crypto";
import type { WantedImage } from "../../api/index.ts";
import { rendezvous } from "./rendezvous.ts";
import type { Member } from "./targets.ts";
import type { Elected, PlatformImage, World } from "./world.ts";

/** What each node is to hold for this distribution, by node. A node that is not named holds nothing for it. */
export type Assignments = ReadonlyMap<string, WantedImage>;

/** What a node of a platform holds, by its role. */
export type Entries = ReadonlyMap<
  PlatformImage,
  Readonly<Record<WantedImage["role"], WantedImage>>
>;

export function entriesOf(world: World, images: readonly PlatformImage[]): Entries {
  return new Map(
    images.map((image) => [
      image,
      { Seeder: entryOf(world, image, "Seeder"), Leecher: entryOf(world, image, "Leecher") },
    ]),
  );
}

function entryOf(
  { distribution: { key, spec } }: World,
  image: PlatformImage,
  role: WantedImage["role"],
): WantedImage {
  const entry = {
    key,
    image: spec.image,
    digest: image.digest,
    platform: image.platform,
    role,
    load: spec.runtime.load,
    pin: spec.runtime.pin,
    priority: spec.priority,
  };
  return { ...entry, revision: revisionOf(entry) };
}

/** Another revision is another task; what may change while a task goes on is no part of it. */
export function revisionOf({
  digest,
  platform,
  role,
  load,
  pin,
}: Omit<WantedImage, "revision">): string {
  const hash = createHash("sha256").update([digest, platform, role, load, pin].join("\n"));
  return hash.digest("hex").slice(0, 16);
}

export type AssignInput = {
  readonly world: World;
  readonly entries: Entries;
  readonly desired: readonly Member[];
  readonly skipped: readonly Member[];
  readonly seeders: readonly Elected[];
  /** All nodes, by name. */
  readonly members: ReadonlyMap<string, Member>;
};

/** Seeders first, then nodes that have begun, then others as far as the roll-out allows. */
export function assign({
  world,
  entries,
  desired,
  skipped,
  seeders,
  members,
}: AssignInput): Assignments {
  const { distribution, assigned, fullNodes } = world;
  const seeding = new Set(seeders.map(({ node }) => node));
  const open = desired.filter(({ node, image }) => image && !fullNodes.has(node.name));
  const begun = open.filter(({ node }) => seeding.has(node.name) || assigned.has(node.name));
  const others = open.filter((target) => !begun.includes(target));
  const busy = begun.filter((one) => isBusy(world, one)).length;
  const free = Math.max(0, parallelOf(world, desired.length) - busy);
  const chosen = [
    ...begun,
    ...(free < others.length ? inTurn(others, distribution.uid).slice(0, free) : others),
    // Nodes that are out of it for now serve on with what they have begun.
    ...skipped.filter(({ node, image }) => image && assigned.has(node.name)),
    ...seeders.flatMap(({ node }) => members.get(node) ?? []),
  ];
  return new Map(
    chosen.flatMap(({ node, image }) => {
      const roles = image === undefined ? undefined : entries.get(image);
      if (roles === undefined) return [];
      return [[node.name, seeding.has(node.name) ? roles.Seeder : roles.Leecher] as const];
    }),
  );
}

/** By chance that is the same each time. */
function inTurn(members: readonly Member[], uid: string): Member[] {
  const places = new Map(members.map((member) => [member, rendezvous(uid, member.node.name)]));
  return members.toSorted((a, b) => ((places.get(a) ?? "") < (places.get(b) ?? "") ? -1 : 1));
}

/** Causes for which a node waits that cost nobody anything. */
const IDLE: ReadonlySet<string | undefined> = new Set([
  "InsufficientDisk",
  "RuntimeNotConfigured",
  "StoreOnly",
  "NodeSetFull",
]);

/** Whether a node takes one of the places that rollout.maxParallel gives. */
function isBusy({ reports }: World, { node, liveness }: Member): boolean {
  if (liveness === "lost") return false;
  const report = reports.get(node.name);
  if (report === undefined) return true;
  if (report.state === "Ready" || report.state === "Failed") return false;
  return report.state !== "Waiting" || !IDLE.has(report.reason);
}

const parallelOf = ({ distribution }: World, targets: number): number =>
  Math.max(1, partOf(distribution.spec.rollout.maxParallel, targets, Math.ceil));

/** A number, or a percentage of the whole. */
export function partOf(
  value: number | string,
  whole: number,
  round: (value: number) => number,
): number {
  if (typeof value === "number") return value;
  return round((Number(/^(\d{1,3})%$/.exec(value)?.[1] ?? 100) * whole) / 100);
}
