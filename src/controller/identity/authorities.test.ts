import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { describe, it } from "node:test";
import { bundleOf, loadAuthorities, parseAuthorities } from "./authorities.ts";
import { createMemoryAuthorityStore } from "./testing/memory-authority-store.ts";

const { signal } = new AbortController();
const DAY_MS = 24 * 60 * 60 * 1_000;
const NOW = new Date("2030-01-01T00:00:00Z");
const later = (days: number) => new Date(NOW.getTime() + days * DAY_MS);
const serials = (bundle: string) =>
  (bundle.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? []).map(
    (pem) => new X509Certificate(pem).serialNumber,
  );

describe("the cluster's authorities", () => {
  it("are made once, and read after that", async () => {
    const store = createMemoryAuthorityStore();
    const made = await loadAuthorities(store, NOW, signal);
    assert.deepEqual(await loadAuthorities(store, later(1), signal), made);
    const certificate = new X509Certificate(made[0]?.certificate ?? "");
    assert.ok(certificate.ca && certificate.verify(certificate.publicKey));
    assert.equal(certificate.validToDate.getTime(), later(365).getTime());
    assert.equal(certificate.publicKey.asymmetricKeyDetails?.namedCurve, "prime256v1");
  });

  it("are those of whoever was first when two make them at once", async () => {
    const other = createMemoryAuthorityStore();
    const theirs = await loadAuthorities(other, NOW, signal);
    const store = createMemoryAuthorityStore(() => {
      store.content ??= other.content;
    });
    assert.deepEqual(await loadAuthorities(store, NOW, signal), theirs);
  });

  it("are two for 48 h around a rotation, and then the new one alone", async () => {
    const store = createMemoryAuthorityStore();
    const first = serials(bundleOf(await loadAuthorities(store, NOW, signal)));
    const both = serials(bundleOf(await loadAuthorities(store, later(336), signal)));
    assert.equal(both.length, 2);
    assert.deepEqual(both.slice(0, 1), first);
    const still = serials(bundleOf(await loadAuthorities(store, later(337.9), signal)));
    assert.deepEqual(still, both);
    const last = serials(bundleOf(await loadAuthorities(store, later(338), signal)));
    assert.deepEqual(last, both.slice(1));
  });

  it("are given up when others write all the time", async () => {
    const donor = createMemoryAuthorityStore();
    await loadAuthorities(donor, NOW, signal);
    let writes = 0;
    const store = createMemoryAuthorityStore(() => {
      writes += 1;
      store.content = donor.content;
    });
    store.content = donor.content;
    await assert.rejects(loadAuthorities(store, later(336), signal), { code: "CONFLICT" });
    assert.equal(writes, 5);
  });

  it("are refused when what is stored cannot be used, and the refusal says nothing of it", async () => {
    const [one, two] = [createMemoryAuthorityStore(), createMemoryAuthorityStore()];
    await loadAuthorities(one, NOW, signal);
    await loadAuthorities(two, NOW, signal);
    const [a, b] = [one.content, two.content];
    assert.ok(a && b);
    assert.equal(parseAuthorities(a).length, 1);
    const wrong = {
      "another's key": { certificates: a.certificates, keys: b.keys },
      "no key": { certificates: a.certificates, keys: "" },
      "a key that is none": {
        certificates: a.certificates,
        keys: a.keys.replaceAll(/[A-Z]{4}/g, "AAAA"),
      },
      "a certificate that is none": {
        certificates: a.certificates.replaceAll(/[A-Z]{4}/g, "AAAA"),
        keys: a.keys,
      },
    };
    for (const [what, content] of Object.entries(wrong)) {
      assert.throws(
        () => parseAuthorities(content),
        (error: Error) => !error.message.includes("BEGIN") && error.message.includes("delete it"),
        what,
      );
    }
  });
});
