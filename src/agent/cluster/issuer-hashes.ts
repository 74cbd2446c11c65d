import type { PeerCertificate } from "node:tls";
import { Client, credentials } from "@grpc/grpc-js";
import {
  connected,
  type Issuer,
  MAX_MESSAGE_BYTES,
  methods,
  serverStream,
} from "../../api/index.ts";
import { parseMetainfo } from "../../bt/index.ts";
import { type Descriptor, hexOf } from "../../oci/index.ts";
import type { Membership } from "../session/membership.ts";

const CONNECT_MS = 2_000;
const ANSWER_MS = 10_000;

/**
 * The piece hashes of a layer from the node that fetched it from the registry, so far or all: known by its certificate, and so
 * more to be believed than any peer. Undefined when it has none or cannot be asked.
 */
export async function issuerHashes(
  { node, address }: Issuer,
  layer: Descriptor,
  membership: Membership,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const uri = `spiffe://${membership.trustDomain}/node/${node}`;
  const tls = credentials.createSsl(
    Buffer.from(membership.bundle),
    Buffer.from(membership.key),
    Buffer.from(membership.certificate),
    { checkServerIdentity: (_, certificate) => whyAnother(certificate, uri) },
  );
  const client = new Client(address, tls, {
    "grpc.max_receive_message_length": MAX_MESSAGE_BYTES,
    "grpc.enable_http_proxy": 0,
  });
  try {
    await connected(client, CONNECT_MS, signal);
    const request = { digest: layer.digest, withHashes: true };
    const call = { signal, timeoutMs: ANSWER_MS };
    for await (const answer of serverStream(client, methods.WatchTorrent, request, call)) {
      const { metainfo, hashes } = answer;
      if (metainfo.length === 0) return hashes.length === 0 ? undefined : hashes;
      const expected = { digest: hexOf(layer.digest), size: layer.size };
      return parseMetainfo(metainfo, expected).torrent.pieces;
    }
    return undefined;
  } catch {
    signal.throwIfAborted();
    return undefined;
  } finally {
    client.close();
  }
}

/** Members are known by their URI; there are no DNS names between them. */
function whyAnother({ subjectaltname = "" }: PeerCertificate, uri: string): Error | undefined {
  if (subjectaltname.split(", ").includes(`URI:${uri}`)) return undefined;
  return new Error(`the certificate is not that of ${uri}`);
}
