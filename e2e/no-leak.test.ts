// A swarm speaks to its trackers and its peers, and to nobody else: no DHT, no multicast, no port mapping, no foreign tracker.
import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createNetwork, type Host } from "./support/netns.ts";
import { type PacketRecord, recordPackets } from "./support/packets.ts";
import { run, start } from "./support/processes.ts";
import { lacking, nodeProgram, program } from "./support/programs.ts";
import { tempDir } from "./support/temp.ts";

const hosts = {
  tracker: { address: "10.10.10.11/24" },
  seeder: { address: "10.10.10.10/24" },
  leecher: { address: "10.10.10.12/24" },
  /** The way to everywhere else; without one, packets to elsewhere would not even leave. */
  gateway: { address: "10.10.10.1/24" },
} as const;
const SWARM_HOST = join(import.meta.dirname, "support", "swarm-host.ts");
/** As many as a leecher of a torrent that nobody has makes in about half a minute, with those of the others. */
const ANNOUNCES = 10;
/** What BEP 14 multicasts to. */
const PLANTED = { host: "239.192.152.143", port: 6771 };

const foreignOnes = (record: PacketRecord, known: readonly Host[]): string[] =>
  [...record.destinations()].filter((to) => !known.some(({ address }) => address === to));

describe("a swarm", { skip: lacking("root", "ip", "tcpdump", "unshare"), timeout: 170_000 }, () => {
  it("sends packets to its trackers and peers alone", async (t) => {
    const { tracker, seeder, leecher, gateway } = await createNetwork(t, hosts);
    for (const on of [tracker, seeder, leecher]) {
      await run(program("ip"), ["route", "add", "default", "via", gateway.address], { on });
    }
    const records = [await recordPackets(t, seeder), await recordPackets(t, leecher)];
    const startOn = (on: Host, ...args: string[]) =>
      start(t, nodeProgram, [SWARM_HOST, ...args], { on });

    const tracking = startOn(tracker, "tracker", tracker.address);
    const [url = ""] = (await tracking.line(/http\S+/)) ?? [];
    await startOn(seeder, "seed", seeder.address, url, tempDir(t)).line(/^seeding$/);
    const leeching = startOn(leecher, "download", leecher.address, url, tempDir(t));
    await leeching.line(/^downloaded$/);
    await tracking.line(new RegExp(`^announce ${ANNOUNCES}$`), 60_000);

    const known = [tracker, seeder, leecher];
    for (const record of records) {
      assert.deepEqual(foreignOnes(record, known), []);
      assert.ok(record.destinations().has(tracker.address), "announces are on record");
    }
    assert.ok(records[1]?.destinations().has(seeder.address), "so are links to peers");

    // The control: one packet of the kind that must not be there is found.
    const planting = `require("dgram").createSocket("udp4").send("x", ${PLANTED.port}, "${PLANTED.host}", process.exit)`;
    await run(nodeProgram, ["-e", planting], { on: leecher, codes: "any" });
    const [, record] = records;
    assert.ok(record !== undefined);
    while (foreignOnes(record, known).length === 0) await new Promise((r) => setTimeout(r, 20));
    assert.deepEqual(foreignOnes(record, known), [PLANTED.host]);
  });
});
