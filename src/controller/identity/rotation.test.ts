import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  ANNOUNCED_MS,
  authorityValidity,
  MEMBER_LIFETIME_MS,
  memberValidity,
  OVERLAP_MS,
  planRotation,
  RENEW_AUTHORITY_BEFORE_MS,
  signerOf,
} from "./rotation.ts";
import type { Validity } from "./x509.ts";

const HOUR_MS = 60 * 60 * 1_000;
const START = new Date("2030-01-01T00:00:00Z");
const after = (ms: number, from: Date = START): Date => new Date(from.getTime() + ms);

describe("the rotation of authorities", () => {
  const old = authorityValidity(START);
  const due = after(-RENEW_AUTHORITY_BEFORE_MS + 1, old.notAfter);
  const young = authorityValidity(due);

  const cases: readonly (readonly [
    string,
    readonly Validity[],
    Date,
    readonly Validity[],
    boolean,
  ])[] = [
    ["makes the first", [], START, [], true],
    ["keeps one that is fine", [old], after(HOUR_MS), [old], false],
    ["waits until a month is left", [old], after(-1, due), [old], false],
    ["makes another when less than a month is left", [old], due, [old], true],
    ["keeps both for 48 h", [old, young], after(OVERLAP_MS - 1, due), [old, young], false],
    ["drops the older after 48 h", [old, young], after(OVERLAP_MS, due), [young], false],
    ["begins anew when all have ended", [old], old.notAfter, [], true],
  ];
  for (const [what, present, now, keep, create] of cases) {
    it(what, () => {
      assert.deepEqual(planRotation(present, now), { keep, create });
    });
  }

  it("lets the new one sign only after it was known for 24 h", () => {
    assert.equal(signerOf([old, young], after(ANNOUNCED_MS - 1, due)), old);
    assert.equal(signerOf([old, young], after(ANNOUNCED_MS, due)), young);
    assert.equal(signerOf([young], due), young);
    assert.equal(signerOf([], due), undefined);
  });

  it("never leaves a member with a certificate that others do not trust yet, or no longer", () => {
    // A year and a half hour by hour: whoever learnt the authorities up to 24 h ago accepts what is signed now, and until it ends.
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 24 }),
        fc.integer({ min: 0, max: 100 }),
        (lateHours, startHours) => {
          const history: (readonly Validity[])[] = [];
          const issued: { readonly signer: Validity; readonly until: Date }[] = [];
          let present: readonly Validity[] = [];
          for (let hour = 0; hour < 550 * 24; hour += 1) {
            const now = after((hour + startHours) * HOUR_MS);
            const { keep, create } = planRotation(present, now);
            present = create ? [...keep, authorityValidity(now)] : keep;
            history.push(present);
            const signer = signerOf(present, now);
            assert.ok(signer);
            const known = history.at(-lateHours) ?? history[0];
            assert.ok(hour < lateHours || known?.includes(signer), `hour ${hour}`);
            issued.push({ signer, until: memberValidity(now).notAfter });
            const [last] = issued.splice(0, Math.max(0, issued.length - 24));
            assert.ok(last === undefined || last.until < now || present.includes(last.signer));
          }
        },
      ),
      { numRuns: 5 },
    );
  });

  it("lets members' certificates end within 24 h", () => {
    assert.equal(memberValidity(START).notAfter.getTime() - START.getTime(), MEMBER_LIFETIME_MS);
  });
});
