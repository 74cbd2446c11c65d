import { type FileHandle, open } from "node:fs/promises";
import { swarmContract } from "../swarm-contract.ts";
import { createWebTorrentSwarm } from "./webtorrent-swarm.ts";

swarmContract("webtorrent", ({ beforeWrite, ...options }) =>
  createWebTorrentSwarm({
    ...options,
    ...(beforeWrite && {
      open: async (file, flags) => writingAfter(await open(file, flags), beforeWrite),
    }),
  }),
);

function writingAfter(handle: FileHandle, beforeWrite: (bytes: number) => void): FileHandle {
  const write = handle.write.bind(handle) as (...args: unknown[]) => Promise<unknown>;
  return Object.assign(handle, {
    write: async (...args: unknown[]) => {
      beforeWrite(Number(args[2]));
      return await write(...args);
    },
  });
}
