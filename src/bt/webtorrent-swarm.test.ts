import { swarmContract } from "./swarm-contract.ts";
import { createWebTorrentSwarm } from "./webtorrent-swarm.ts";

swarmContract("webtorrent", createWebTorrentSwarm);
