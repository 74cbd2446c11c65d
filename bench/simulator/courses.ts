// What the simulator runs when it is not told otherwise, with the bounds that must be kept there.

export type Course = {
  readonly name: string;
  /** One line. */
  readonly about: string;
  readonly leechers: number;
  /** Of each link, both ways, and of the registry's. */
  readonly megabits: number;
  /** Megabytes of each layer. */
  readonly layers: readonly number[];
  /** whole: the origin has every layer. fetching: it has a lease and nothing else. */
  readonly origin: "whole" | "fetching";
  /** The nodes are dealt out over so many; the origin is in the first. */
  readonly zones: number;
  readonly atMost?: Bounds;
};

export type Bounds = {
  /** The last node's time to what its link needs for the payload alone; headers make 1.047 of it the least there can be. */
  readonly time: number;
  /** What the origin sends to the image's size. */
  readonly copies: number;
  /** The part of the bytes that comes from another zone. */
  readonly crossed?: number;
};

const G1: Course = {
  name: "g1",
  about: "100 MB to 8 nodes at 100 Mbit/s, from an origin that has it",
  ...{ leechers: 8, megabits: 100, layers: [100], origin: "whole", zones: 1 },
  atMost: { time: 1.15, copies: 1.12 },
};

export const COURSES: readonly Course[] = [
  G1,
  {
    ...G1,
    name: "g2",
    about: "as g1 from an origin that is still fetching, and a registry at 100 Mbit/s",
    origin: "fetching",
    atMost: { time: 1.2, copies: 1.12 },
  },
  {
    ...G1,
    name: "g3",
    about: "25 MB to 20 nodes at 25 Mbit/s",
    ...{ leechers: 20, megabits: 25, layers: [25] },
    // 96 pieces are few for 20 nodes: each is passed on when it is whole.
    atMost: { time: 1.3, copies: 1.25 },
  },
  {
    ...G1,
    name: "g3-100",
    about: "100 MB to 20 nodes at 100 Mbit/s",
    leechers: 20,
    atMost: { time: 1.2, copies: 1.12 },
  },
  {
    ...G1,
    name: "g4",
    about: "12 layers of 5 KB to 150 MB to 8 nodes at 100 Mbit/s",
    layers: [0.005, 150, 30, 1, 8, 0.02, 0.3, 3, 60, 0.1, 12, 2],
    atMost: { time: 1.2, copies: 1.12 },
  },
  {
    ...G1,
    name: "g4-layers",
    about: "layers of 60, 20, 10, 5, 4 and 1 MB to 8 nodes at 100 Mbit/s",
    layers: [60, 20, 10, 5, 4, 1],
    atMost: { time: 1.2, copies: 1.12 },
  },
  {
    ...G1,
    name: "many",
    about: "25 MB to 40 nodes at 25 Mbit/s, more than can all be linked with each other",
    ...{ leechers: 40, megabits: 25, layers: [25] },
    atMost: { time: 1.4, copies: 1.3 },
  },
  {
    ...G1,
    name: "zones",
    about: "50 MB to 30 nodes at 100 Mbit/s in three zones",
    ...{ leechers: 30, layers: [50], zones: 3 },
    // Dear is what crosses: nodes wait rather than fetch it from afar.
    atMost: { time: 1.7, copies: 1.6, crossed: 0.3 },
  },
];
