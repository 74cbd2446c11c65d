// A process of its own for no-leak.test.ts: runs a tracker or a swarm on one address, and prints what happens.
//   swarm-host.ts tracker HOST
//   swarm-host.ts seed HOST TRACKER DIRECTORY
//   swarm-host.ts download HOST TRACKER DIRECTORY
import { writeFileSync } from "node:fs";
import { createTracker, createWebTorrentSwarm } from "../../src/bt/index.ts";
import { aBlob } from "../../src/bt/testing/index.ts";

const [role, host = "", tracker = "", directory = ""] = process.argv.slice(2);
const [found, absent] = [aBlob(3_000_000, 1), aBlob(3_000_000, 2)];
const blobs = { found, absent };
const rates = { upload: 0, download: 0 };

if (role === "tracker") {
  let announces = 0;
  const { url } = await createTracker({
    listen: { host, port: 6882 },
    admits: () => {
      announces += 1;
      console.log(`announce ${announces}`);
      return true;
    },
  });
  console.log(`tracker ${url}`);
} else {
  const log = (event: unknown) => console.log(JSON.stringify(event));
  const swarm = await createWebTorrentSwarm({ listen: { host, port: 50_007 }, rates, log });
  if (role === "seed") {
    writeFileSync(`${directory}/found`, blobs.found.bytes);
    await swarm.seed(blobs.found.torrent, `${directory}/found`, [tracker]);
    console.log("seeding");
  } else {
    const never = new AbortController().signal;
    const fetching = (name: keyof typeof blobs) =>
      swarm.download(blobs[name].torrent, `${directory}/${name}`, { trackers: [tracker] }, never);
    // Nobody has it: a client that knows other ways to find peers would try them now.
    const inVain = fetching("absent");
    await fetching("found");
    console.log("downloaded");
    await inVain;
  }
}
