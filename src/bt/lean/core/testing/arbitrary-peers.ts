// What peers and shells may tell a core, sensible or not, for property tests.
import fc from "fast-check";
import type { BlobKey, Input, Message, Range } from "../messages.ts";
import { HASH_BYTES } from "./disk.ts";

/** An event; which link, request or check it is about is found by its number among those there are. */
export type Event =
  | {
      readonly event: "link";
      readonly peer: number;
      readonly dialled: boolean;
      readonly foreign: boolean;
    }
  | { readonly event: "cut" | "close"; readonly link: number }
  | { readonly event: "message"; readonly link: number; readonly message: Message }
  | { readonly event: "answer" | "refuse" | "late"; readonly request: number }
  | { readonly event: "fetched"; readonly isRight: boolean }
  | { readonly event: "checked"; readonly check: number; readonly ok: boolean }
  | { readonly event: "sent"; readonly link: number; readonly queuedBytes: number }
  | { readonly event: "tell"; readonly input: Input }
  | { readonly event: "wait"; readonly ms: number };

export type Shape = { readonly key: BlobKey; readonly pieces: number; readonly pieceBytes: number };

/** Now and then a piece that there is not. */
const aPiece = ({ pieces }: Shape) => fc.integer({ min: 0, max: pieces });

function aRange(shape: Shape): fc.Arbitrary<Range> {
  const { pieceBytes } = shape;
  return fc.record({
    piece: aPiece(shape),
    offset: fc.integer({ min: 0, max: pieceBytes }),
    bytes: fc.integer({ min: 0, max: pieceBytes }),
  });
}

export const hashesFor = (first: number, count: number, flavour: number) =>
  new Uint8Array(count * HASH_BYTES).map((_, index) => first + Math.floor(index / 20) + flavour);

function aMessage(shape: Shape): fc.Arbitrary<Message> {
  const { pieces } = shape;
  const bare = fc.constantFrom(
    ...(["choke", "unchoke", "interested", "notInterested", "haveAll", "haveNone"] as const),
  );
  return fc.oneof(
    bare.map((id) => ({ id })),
    fc.constantFrom({ id: "haveAll" } as const, { id: "unchoke" } as const),
    fc.record({ id: fc.constantFrom("have" as const, "suggest" as const), piece: aPiece(shape) }),
    fc
      .uint8Array({ minLength: 0, maxLength: Math.ceil(pieces / 8) })
      .map((bits) => ({ id: "bitfield" as const, bits })),
    fc
      .tuple(fc.constantFrom(...(["request", "cancel", "reject", "later"] as const)), aRange(shape))
      .map(([id, range]) => ({ id, ...range })),
    fc
      .tuple(
        fc.integer({ min: 0, max: 3 }),
        fc.integer({ min: 0, max: pieces }),
        fc.integer({ min: 0, max: pieces }),
        fc.constantFrom(0, 0, 0, 1),
      )
      .map(([generation, first, count, flavour]) => ({
        id: "hashes" as const,
        generation,
        issuer: 1,
        first,
        hashes: hashesFor(first, count, flavour),
      })),
    fc.integer({ min: 0, max: 3 }).map((generation) => ({ id: "retract" as const, generation })),
    fc.boolean().map((on) => ({ id: "dealing" as const, on })),
  );
}

/** What only the shell itself tells, at any time. */
function anInput({ key, pieces }: Shape): fc.Arbitrary<Input> {
  const lease = fc.record({
    generation: fc.integer({ min: 0, max: 4 }),
    issuer: fc.constant(2),
    fromPiece: fc.integer({ min: 0, max: pieces }),
  });
  return fc.oneof(
    lease.map((one) => ({ on: "leaseGranted" as const, key, lease: one })),
    fc.constant({ on: "leaseLost" as const, key, reason: "over" }),
    fc.constantFrom(
      ...(["blobProven", "blobDisproven"] as const).map((on) => ({ on, key })),
      { on: "blobRechecked" as const, key, bad: [0, pieces] },
      { on: "issuerList" as const, key, answer: "silent" as const },
      { on: "issuerList" as const, key, answer: "retracted" as const },
    ),
    fc
      .tuple(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: pieces }))
      .map(([generation, count]) => ({
        on: "issuerList" as const,
        key,
        answer: { generation, issuer: 1, hashes: hashesFor(0, count, 0) },
      })),
  );
}

export function someEvents(shape: Shape): fc.Arbitrary<Event[]> {
  const link = fc.nat(6);
  const one = fc.oneof(
    {
      weight: 3,
      arbitrary: fc.record({
        event: fc.constant("link" as const),
        peer: fc.nat(5),
        dialled: fc.boolean(),
        foreign: fc.constantFrom(false, false, true),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ event: fc.constantFrom("cut" as const, "close" as const), link }),
    },
    {
      weight: 12,
      arbitrary: fc.record({
        event: fc.constant("message" as const),
        link,
        message: aMessage(shape),
      }),
    },
    {
      weight: 8,
      arbitrary: fc.record({
        event: fc.constantFrom(...(["answer", "answer", "answer", "refuse", "late"] as const)),
        request: fc.nat(20),
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        event: fc.constant("checked" as const),
        check: fc.nat(5),
        ok: fc.constantFrom(true, true, true, false),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        event: fc.constant("sent" as const),
        link,
        queuedBytes: fc.nat(300_000),
      }),
    },
    {
      weight: 3,
      arbitrary: fc.constantFrom(true, true, false).map((isRight) => ({
        event: "fetched" as const,
        isRight,
      })),
    },
    { weight: 1, arbitrary: anInput(shape).map((input) => ({ event: "tell" as const, input })) },
    {
      weight: 3,
      arbitrary: fc.record({
        event: fc.constant("wait" as const),
        ms: fc.constantFrom(1, 20, 400, 3_000),
      }),
    },
  );
  return fc.array(one, { maxLength: 150, size: "max" });
}
