import type {
  Assign,
  Digest,
  Issuer,
  Lease as LeaseOrder,
  Peers,
  RegistryCredential,
  WantedImage,
} from "../../api/index.ts";
import { type Descriptor, parseReference } from "../../oci/index.ts";
import type { Layer, Lease } from "../decide/world.ts";
import type { DecidedImage } from "../fleet/decided-images.ts";
import { parseQuantity } from "../gather/parse-spec.ts";
import type { Fleet } from "../reconcile/fleet.ts";
import type { NodeDesired } from "../sessions/node-desired.ts";
import type { SessionFacts } from "../sessions/session-facts.ts";

/** The documents of an image, as the registry gave them. */
export type Documents = {
  readonly index: Uint8Array | undefined;
  readonly manifests: ReadonlyMap<Digest, ManifestDocuments>;
};
export type ManifestDocuments = {
  readonly manifest: Uint8Array;
  readonly config: Uint8Array;
  readonly configDescriptor: Descriptor;
};

export type OrdersInput = {
  readonly fleet: Fleet;
  readonly sessions: ReadonlyMap<string, SessionFacts>;
  /** Nodes that hold the blob whole. */
  readonly holders: (digest: Digest) => Iterable<string>;
  /** Of the distribution with this key; undefined while they are not known. */
  readonly documents: (key: string) => Documents | undefined;
  /** What a seeder shows the registry for it; undefined where nothing is needed, or nothing is known. */
  readonly credential: (key: string) => RegistryCredential | undefined;
  /** Announce URLs. */
  readonly trackers: readonly string[];
  readonly zoneOf: (node: string) => string;
};

const MOST_PEERS = 16;

/** Everything that a node's agent is to be told. */
export function ordersFor(node: string, input: OrdersInput): NodeDesired {
  const { fleet, trackers } = input;
  const wanted = fleet.sets.imagesOn(node);
  const assigns = wanted.flatMap((image) => assignFor(image, input) ?? []);
  const known = new Set(assigns.map(({ key }) => key));
  const leases = fleet.leases.on(node);
  const all = new Set(assigns.flatMap(({ blobs }) => blobs.map(({ digest }) => digest)));
  const held = input.sessions.get(node)?.held;
  const whole = [...all].filter((digest) => held?.has(digest));
  const lacked = [...all].filter((digest) => !held?.has(digest));
  const others = fleet.leases
    .of(lacked)
    .filter((lease) => lease.node !== node && lease.failure === undefined);
  return {
    assigns,
    unchanged: wanted.map(({ key }) => key).filter((key) => !known.has(key)),
    unchangedLeases: leases
      .filter(({ owner }) => !fleet.images.has(owner))
      .map(({ digest }) => digest),
    leases: distinct(leases.flatMap((lease) => leaseOrder(lease, fleet) ?? [])),
    credentials: credentialsFor(leases, input),
    trackers,
    whole,
    peers: lacked.flatMap((digest) => peersFor(digest, node, input) ?? []),
    issuers: distinct(
      inZoneFirst(others, node, input).flatMap((one) => issuerOf(one, input) ?? []),
    ),
  };
}

/** Undefined where the image that is wanted is not known: its assignment stays as it is. */
function assignFor(wanted: WantedImage, { fleet, documents }: OrdersInput): Assign | undefined {
  const decided = fleet.images.get(wanted.key);
  const found = documents(wanted.key);
  const image = decided?.image.platforms.find(({ digest }) => digest === wanted.digest);
  const manifest = image === undefined ? undefined : found?.manifests.get(image.digest);
  if (decided === undefined || image === undefined || manifest === undefined) return undefined;
  const { key, revision, platform, role, load, pin, priority } = wanted;
  const { configDescriptor, config } = manifest;
  return {
    ...{ key, revision, platform, role, load, pin, priority },
    reference: decided.image.reference,
    digest: image.digest,
    rates: ratesOf(decided),
    retainSeconds: decided.spec.retentionSeconds,
    blobs: blobsOf(configDescriptor, image.layers),
    index: found?.index ?? new Uint8Array(),
    manifest: manifest.manifest,
    config,
  };
}

function ratesOf({ spec: { limits } }: DecidedImage): Assign["rates"] {
  const rate = (text: string | undefined) => (text === undefined ? 0 : (parseQuantity(text) ?? 0));
  return {
    upload: rate(limits.uploadBytesPerSecond),
    download: rate(limits.downloadBytesPerSecond),
  };
}

/** The config is needed first, and then what takes longest. */
function blobsOf(config: Descriptor, layers: readonly Layer[]): Assign["blobs"] {
  const bySize = layers.toSorted((a, b) => b.size - a.size);
  const blobs = [config, ...bySize.filter(({ digest }) => digest !== config.digest)];
  return blobs.map(({ digest, size, mediaType }, rank) => ({ digest, size, mediaType, rank }));
}

const repositoryOf = (reference: string): { host: string; path: string } => {
  const { host, repository } = parseReference(reference);
  return { host, path: repository };
};

function leaseOrder(
  { digest, generation, fromPiece, owner }: Lease,
  { images }: Fleet,
): LeaseOrder | undefined {
  const decided = images.get(owner);
  if (decided === undefined) return undefined;
  const { host, path } = repositoryOf(decided.image.reference);
  return { digest, generation, fromPiece, repository: `${host}/${path}` };
}

/** Of those for whom the node fetches, one for each repository. */
function credentialsFor(
  leases: readonly Lease[],
  { credential }: OrdersInput,
): RegistryCredential[] {
  const owners = new Set(leases.map(({ owner }) => owner));
  const all = [...owners].flatMap((owner) => credential(owner) ?? []);
  const needed = all.filter(({ login }) => login !== undefined);
  return [
    ...new Map(needed.map((one) => [`${one.host}/${one.repository}`, one] as const)).values(),
  ];
}

function issuerOf(
  { digest, generation, node }: Lease,
  { sessions }: OrdersInput,
): Issuer | undefined {
  const address = addressOf(sessions.get(node), "grpcPort");
  return address === undefined ? undefined : { digest, generation, node, address };
}

/** Nodes that have the blob whole, those of the zone first; none whose session is broken. */
function peersFor(digest: Digest, node: string, input: OrdersInput): Peers | undefined {
  const { sessions, holders, zoneOf } = input;
  const zone = zoneOf(node);
  const [near, far]: [SessionFacts[], SessionFacts[]] = [[], []];
  for (const holder of holders(digest)) {
    if (near.length === MOST_PEERS) break;
    const facts = sessions.get(holder);
    if (holder === node || facts === undefined || facts.brokenAtMs !== undefined) continue;
    if (zoneOf(holder) === zone) near.push(facts);
    else if (far.length < MOST_PEERS) far.push(facts);
  }
  const peers = [...near, ...far].slice(0, MOST_PEERS).flatMap((facts) => peerOf(facts) ?? []);
  return peers.length === 0 ? undefined : { digest, peers };
}

type Peer = Peers["peers"][number];

/** By the addresses that an agent told: every node is told of the same few, for each layer. */
const knownPeers = new WeakMap<SessionFacts["addresses"], Peer>();

function peerOf(facts: SessionFacts): Peer | undefined {
  const { node, addresses } = facts;
  const address = addressOf(facts, "peerPort");
  if (address === undefined) return undefined;
  const known = knownPeers.get(addresses);
  if (known?.node === node && known.address === address) return known;
  const peer = { node, address };
  knownPeers.set(addresses, peer);
  return peer;
}

function inZoneFirst<Item extends { readonly node: string }>(
  items: readonly Item[],
  node: string,
  { zoneOf }: OrdersInput,
): Item[] {
  const zone = zoneOf(node);
  const far = (item: Item) => (zoneOf(item.node) === zone ? 0 : 1);
  return items.toSorted((a, b) => far(a) - far(b));
}

function addressOf(
  facts: SessionFacts | undefined,
  port: "peerPort" | "grpcPort",
): string | undefined {
  const [address] = facts?.addresses ?? [];
  if (facts === undefined || address === undefined) return undefined;
  return address.includes(":") ? `[${address}]:${facts[port]}` : `${address}:${facts[port]}`;
}

/** The first for each digest. */
const distinct = <Item extends { readonly digest: Digest }>(items: readonly Item[]): Item[] => [
  ...new Map(items.toReversed().map((item) => [item.digest, item] as const)).values(),
];
