// What is distributed to how many over which links, and the bounds that our daemons must keep there.
import { type Judge, judges } from "./gates.ts";
import { CAP } from "./our-variants.ts";
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
const inMb = (count: number) => count * MB;
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
    // The first image of a daemon's life, for which V8 compiles; g5 has the second.
    judges.cpuOver("aria2", 1.7),
  ],
} as const satisfies CourseSpec;

/** Twelve layers as images have them: most small, one large; 250 MB. */
const MANY_LAYERS = [5_000, 20_000, 80_000, 300_000, ...[1, 2, 4, 8, 15, 25, 45, 150].map(inMb)];

const G4 = {
  ...G1,
  name: "g4",
  about: "12 layers of 5 KB to 150 MB to 8 nodes at 100 Mbit/s",
  layers: MANY_LAYERS,
  judges: [judges.overBound(1.2), judges.connections(50)],
} as const satisfies CourseSpec;

export const COURSES: readonly CourseSpec[] = [
  G1,
  {
    ...G1,
    name: "g2",
    about: "as g1 from a seed that has nothing yet, and a registry at 100 Mbit/s",
    origin: "cold",
    judges: [judges.overBound(1.2), judges.overBestOf(["aria2"], 0.5), judges.registryCopies(1.02)],
  },
  {
    ...G1,
    name: "g3",
    about: "25 MB to 20 nodes at 25 Mbit/s",
    ...{ leechers: 20, megabits: 25, layers: [25 * MB] },
    judges: [judges.overBound(1.2), judges.spread(1.1)],
  },
  G4,
  {
    ...G4,
    name: "g4-layers",
    about: "layers of 60, 20, 10, 5, 4 and 1 MB to 8 nodes at 100 Mbit/s",
    layers: [60, 20, 10, 5, 4, 1].map(inMb),
  },
  {
    ...G1,
    name: "g5",
    about: "as g1, a second image that the same processes bring",
    images: 2,
    systems: ["ours", "aria2"],
    judges: [judges.cpuOver("aria2", 1)],
  },
  {
    ...G1,
    name: "g8",
    about: "as g1, in the plain and over mutual TLS",
    systems: ["ours", "ours-tls"],
    judges: [judges.encryptionOver(1.03)],
  },
  {
    ...G1,
    name: "g14",
    about: "50 MB to 2 nodes at 100 Mbit/s, from a seed that may send 5 MB/s",
    ...{ leechers: 2, layers: [50 * MB] },
    systems: ["ours-capped"],
    judges: [judges.notAboveCap(CAP, 1.05), judges.notBelowCap(CAP, 0.95)],
  },
  {
    ...G1,
    name: "smoke",
    about: "5 MB to 2 nodes at 20 Mbit/s, to see that all of this works",
    ...{ leechers: 2, megabits: 20, layers: [5 * MB] },
    judges: [],
  },
];
