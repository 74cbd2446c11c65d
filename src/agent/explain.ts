import type {
  ExplainResponse,
  Finding,
  LayerExplanation,
  LayerStatus,
  PeerLink as LinkMessage,
} from "../api/index.ts";
import type { Explanation, PeerLink } from "../bt/index.ts";
import { type Descriptor, formatReference, type Reference } from "../oci/index.ts";
import type { ImageView } from "./image-state.ts";
import { imageOf, type LayerSources, layerOf } from "./status-view.ts";

export type ExplainDeps = LayerSources & {
  readonly role: "seeder" | "leecher" | "puller";
  readonly engine: string;
};

/** Together they keep the answer below what a message may have, whatever peers call themselves. */
const MAX_FINDINGS = 16;
const MAX_LINKS = 64;
const MAX_LINKS_IN_ALL = 2_048;
const MAX_COPIES = 64;
const MAX_TEXT = 400;
const MAX_NAME = 128;

/** Why an image does not go on: first what this daemon knows, then layer by layer what the engine does. */
export function explainImage(
  reference: Reference,
  view: ImageView | undefined,
  deps: ExplainDeps,
): ExplainResponse {
  if (view === undefined) {
    return {
      image: { reference: formatReference(reference) },
      findings: [notAssigned(`it was not started here: ${startIt(reference)}`)],
    };
  }
  let linksLeft = MAX_LINKS_IN_ALL;
  const layers = (view.plan?.layers ?? []).map((layer) => {
    const explained = explainLayer(layer, view, deps, Math.min(MAX_LINKS, linksLeft));
    linksLeft -= explained.links.length;
    return explained;
  });
  return { image: imageOf(view), findings: [findingOf(view, deps)].map(bounded), layers };
}

const startIt = (reference: Reference): string =>
  `run "oci-torrent-ctr start ${formatReference(reference)}"`;
const notAssigned = (text: string): Finding => ({ code: "NotAssigned", text });
const done = (text: string): Finding => ({ code: "Done", text });

function findingOf({ record, state, plan, stored }: ImageView, { role }: ExplainDeps): Finding {
  switch (state.state) {
    case "failed":
    case "paused":
      return { code: state.reason, text: state.message };
    case "stopped":
      return notAssigned(`it was stopped: ${startIt(record.reference)} to go on`);
    case "resolving":
      return role === "leecher" ? waitingForSeeder : askingRegistry;
    case "transferring": {
      const layers = plan?.layers ?? [];
      const here = layers.filter(({ digest }) => stored.has(digest)).length;
      return { code: "Transferring", text: `${here} of ${layers.length} layers are complete` };
    }
    case "seeding":
      return done("complete, and served to peers");
    case "complete":
      return done("complete; BitTorrent is off here");
    default:
      return state satisfies never;
  }
}

const waitingForSeeder: Finding = {
  code: "WaitingForSeeder",
  text: "no seeder has said yet what it is: start it there, and see that --seeder-addr is right",
};
const askingRegistry: Finding = {
  code: "AskingRegistry",
  text: "the registry is being asked what it is",
};

function explainLayer(
  layer: Descriptor,
  view: ImageView,
  deps: ExplainDeps,
  maxLinks: number,
): LayerExplanation & { readonly links: LinkMessage[] } {
  const status = layerOf(layer, view, deps);
  const told = deps.seeding?.explain?.(layer);
  const findings = [...layerFindings(status, told, deps)];
  return {
    layer: status,
    findings: findings.slice(0, MAX_FINDINGS).map(bounded),
    links: (told?.links ?? []).slice(0, maxLinks).map(linkOf),
    linkCount: told?.links.length ?? 0,
    piecesByCopies: boundedHistogram(told?.copiesHistogram ?? []),
  };
}

function* layerFindings(
  status: LayerStatus,
  told: Explanation | undefined,
  deps: ExplainDeps,
): Generator<Finding> {
  if (told === undefined) {
    yield ownFinding(status, deps);
    if (deps.seeding !== undefined && deps.seeding.explain === undefined) yield noDetails(deps);
  } else if (isFromRegistry(status)) {
    const { findings } = told;
    yield* findings.filter(({ code }) => code === "OriginStalled");
    yield fromRegistry(status);
    yield* findings.filter(({ code }) => !EXPECTED_OF_PEERS.has(code));
  } else {
    yield* told.findings;
    if (told.findings.length === 0) yield ownFinding(status, deps);
  }
}

/** Of no matter to a node that takes the layer from the registry; and OriginStalled has been told first. */
const EXPECTED_OF_PEERS: ReadonlySet<string> = new Set(["NoHashes", "PeersSlow", "OriginStalled"]);

const isFromRegistry = ({ state, source }: LayerStatus): boolean =>
  state === "LAYER_STATE_TRANSFERRING" && source === "SOURCE_REGISTRY";

const howFar = ({ completedBytes, totalBytes, bytesPerSecond }: LayerStatus): string =>
  `${completedBytes} of ${totalBytes} bytes, ${Math.round(Number(bytesPerSecond ?? 0))} a second`;

const fromRegistry = (status: LayerStatus): Finding => ({
  code: "Fetching",
  text: `this node takes it from the registry: ${howFar(status)}`,
});

const noDetails = ({ engine }: ExplainDeps): Finding => ({
  code: "NoDetails",
  text: `the ${engine} engine cannot tell more: "oci-torrentd --engine lean" can`,
});

/** What this daemon knows of a layer that its engine says nothing of. */
function ownFinding(status: LayerStatus, { seeding }: ExplainDeps): Finding {
  switch (status.state) {
    case "LAYER_STATE_SEEDING":
      return done("complete, and served to peers");
    case "LAYER_STATE_COMPLETE":
      return done(`complete; ${seeding === undefined ? "BitTorrent is off here" : "not served"}`);
    case "LAYER_STATE_TRANSFERRING":
      if (isFromRegistry(status)) return fromRegistry(status);
      return seeding?.explain === undefined
        ? { code: "Transferring", text: `from peers: ${howFar(status)}` }
        : { code: "Starting", text: "it waits for its turn, or its file is being checked" };
    default:
      return notAssigned("this node does not take it now");
  }
}

const bounded = ({ code = "", text = "" }: Finding): Finding => ({
  code: cut(code, MAX_NAME),
  text: cut(text, MAX_TEXT),
});

const cut = (text: string, length: number): string =>
  text.length <= length ? text : `${text.slice(0, length)}…`;

const linkOf = ({ peer, dialled, ...numbers }: PeerLink): LinkMessage => ({
  address: cut(peer.address, MAX_NAME),
  node: cut(peer.node, MAX_NAME),
  zone: cut(peer.zone, MAX_NAME),
  kind: peer.kind,
  dialled,
  inFlightBytes: whole(numbers.inFlight),
  downBytesPerSecond: whole(numbers.downBps),
  upBytesPerSecond: whole(numbers.upBps),
  askMs: whole(numbers.askMs),
  heldPieces: whole(numbers.holds),
  strikes: whole(numbers.strikes),
});

const whole = (value: number): number =>
  Number.isFinite(value) ? Math.max(0, Math.round(value)) : 0;

function boundedHistogram(pieces: readonly number[]): number[] {
  const last = MAX_COPIES - 1;
  if (pieces.length <= last) return [...pieces];
  return [...pieces.slice(0, last), pieces.slice(last).reduce((sum, count) => sum + count, 0)];
}
