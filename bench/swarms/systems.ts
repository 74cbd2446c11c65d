import { aria2 } from "./aria2.ts";
import { direct } from "./direct.ts";
import { libtorrent } from "./libtorrent.ts";
import { ours, webtorrent } from "./our-daemons.ts";
import { capped, encrypted } from "./our-variants.ts";
import type { System } from "./system.ts";

export const SYSTEMS: readonly System[] = [
  ours,
  aria2,
  libtorrent,
  webtorrent,
  direct,
  encrypted,
  capped,
];
