import { swarmContract } from "../swarm-contract.ts";
import { aLeanSwarm } from "./test-swarm.ts";

// One port for agents and for any other client, since the contract speaks plain BEP 3 with it.
swarmContract("lean", ({ listen, ...options }) =>
  aLeanSwarm({ listen, foreignListen: listen, ...options }),
);
