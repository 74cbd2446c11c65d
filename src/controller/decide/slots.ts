import type { ImageDistributionSpec } from "../../api/index.ts";

/** How many targets a zone has. */
export type ZoneSize = { readonly zone: string; readonly targets: number };

/** How many seeders a zone is to have. */
export type ZoneSlots = { readonly zone: string; readonly wanted: number };

/** A smaller zone takes from another's seeders: one crossing is as one copy from the registry. */
const OWN_SEEDER_TARGETS = 3;

/** The zones that elect, those with most targets first. Pure arithmetic: who is there to be elected is another question. */
export function slotsOf(
  zones: readonly ZoneSize[],
  { perZone, max }: ImageDistributionSpec["seeders"],
): ZoneSlots[] {
  const bySize = zones
    .filter(({ targets }) => targets > 0)
    .toSorted((a, b) => b.targets - a.targets || (a.zone < b.zone ? -1 : 1));
  const large = bySize.filter(
    ({ targets }) => perZone !== undefined || targets >= OWN_SEEDER_TARGETS,
  );
  const electing = large.length > 0 ? large : bySize.slice(0, 1);
  let left = max ?? Number.POSITIVE_INFINITY;
  return electing.flatMap(({ zone }) => {
    const wanted = Math.min(perZone ?? 1, left);
    left -= wanted;
    return wanted > 0 ? [{ zone, wanted }] : [];
  });
}
