// What is distributed to how many over which links, and the bounds that our daemons must keep there.
import { type Judge, judges } from "./gates.ts";
import type { Origin } from "./system.ts";

export type CourseSpec = {
  readonly name: string;
  /** One line. */
  readonly about: string;
  readonly leechers: number;
  /** Of each link, both ways. */
  readonly megabits: number;
  /** Bytes of each layer. */
  readonly layers: readonly number[];
  /** Images of these layers that are brought one after the other; the last is measured. */
  readonly images: number;
  readonly origin: Origin;
  /** Who takes part, by name. */
  readonly systems: readonly string[];
  readonly judges: readonly Judge[];
};

const MB = 1_000_000;
const ALL = ["ours", "aria2", "libtorrent", "webtorrent", "direct"];

const G1 = {
  name: "g1",
  about: "100 MB to 8 nodes at 100 Mbit/s, from a seed that has it",
  ...{ leechers: 8, megabits: 100, layers: [100 * MB], images: 1, origin: "warm" },
  systems: ALL,
  judges: [
    judges.overBound(1.15),
    judges.overBestOf(["aria2", "libtorrent"], 0.8),
    judges.overBestOf(["webtorrent"], 0.25),
    judges.originCopies(1.12),
    judges.peakMegabytes(130),
  ],
} as const satisfies CourseSpec;

export const COURSES: readonly CourseSpec[] = [
  G1,
  {
    ...G1,
    name: "g2",
    about: "the same from a seed that has nothing yet, and a registry at 100 Mbit/s",
    origin: "cold",
    judges: [judges.overBound(1.2), judges.registryCopies(1.02)],
  },
  {
    ...G1,
    name: "smoke",
    about: "5 MB to 2 nodes at 20 Mbit/s, to see that all of this works",
    ...{ leechers: 2, megabits: 20, layers: [5 * MB] },
    judges: [],
  },
];
