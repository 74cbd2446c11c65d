const isNumber = (version: string) => /^(?:0|[1-9]\d*)$/.test(version);

/**
 * Whether `version` is later than `than`. API servers number their changes, and promise that the numbers can be compared
 * (KEP-5504); of versions that are no numbers only the difference is known, and the one that came last counts.
 */
export function isNewer(version: string, than: string): boolean {
  if (!isNumber(version) || !isNumber(than)) return version !== than;
  if (version.length !== than.length) return version.length > than.length;
  return version > than;
}
