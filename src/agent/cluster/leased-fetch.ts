import { type Lease, toSentence } from "../../api/index.ts";
import { type Fallback, pieceCount, pieceLength } from "../../bt/index.ts";
import {
  accessTokenCredential,
  basicCredential,
  type Credential,
  type Descriptor,
  OciError,
  type RegistryClient,
  streamBlob,
} from "../../oci/index.ts";
import type { Throttle } from "../../runtime/index.ts";
import { failureReason } from "../failure-reason.ts";
import type { RegistryLogins } from "../session/registry-logins.ts";
import type { LayerSources } from "./layer-sources.ts";
import { placeOf } from "./lease-board.ts";
import type { Reports } from "./reports.ts";

export type LeasedFetchDeps = {
  readonly registries: RegistryClient;
  readonly logins: RegistryLogins;
  readonly throttle: Pick<Throttle, "take">;
  readonly sources: Pick<LayerSources, "fromRegistry">;
  readonly reports: Pick<Reports, "lease" | "registry">;
};

/** What streams that break, or begin anew after what peers brought, may cost besides a layer's bytes. */
const MIB = 1024 * 1024;
const overlapBytes = (size: number): number => Math.min(16 * MIB, Math.max(MIB, size));

/** What a node may do under a lease: take from the registry what no peer has. It reports how that goes. */
export function leasedFetch(deps: LeasedFetchDeps, lease: Lease, blob: Descriptor): Fallback {
  const { host, path } = placeOf(lease);
  const told = { digest: lease.digest, generation: lease.generation };
  /** Of all streams: where peers bring pieces meanwhile, another one begins after them. */
  let registryBytes = 0;
  return {
    async *open(fromByte, signal) {
      let at = fromByte;
      const frontier = () =>
        at >= blob.size ? pieceCount(blob.size) : Math.floor(at / pieceLength(blob.size));
      const onReceived = (bytes: number) => {
        registryBytes += bytes;
        deps.sources.fromRegistry(lease.digest, bytes);
      };
      // The login that is there now: one that has ended is replaced before another stream is opened.
      const registry = deps.registries.registry(host, credentialOf(deps.logins, host, path));
      const throttle = async (bytes: number) => {
        refuseMore(lease, blob, registryBytes);
        await deps.throttle.take(bytes, signal);
      };
      const options = { fromByte, onReceived, throttle };
      try {
        refuseMore(lease, blob, registryBytes);
        for await (const chunk of streamBlob(registry, path, blob, options, signal)) {
          at += chunk.length;
          yield chunk;
          deps.reports.lease({ ...told, frontier: frontier(), registryBytes });
        }
        deps.reports.registry({ host, reachable: true, message: "" });
      } catch (error) {
        if (!signal.aborted) {
          const message = toSentence((error as Error).message);
          const reason = failureReason(error);
          deps.reports.lease({ ...told, frontier: frontier(), registryBytes, reason, message });
          if (isAway(error)) deps.reports.registry({ host, reachable: false, message });
        }
        throw error;
      } finally {
        await registry.close();
      }
    },
  };
}

/** One lease is for one copy, or else who counts leases would count fewer copies than the registry gives. */
function refuseMore(lease: Lease, { digest, size }: Descriptor, registryBytes: number): void {
  if (registryBytes <= size + overlapBytes(size)) return;
  throw new OciError(
    "REGISTRY_PROTOCOL",
    `no more of ${digest} is taken from ${lease.repository}: it gave ${registryBytes} bytes of a layer of ${size}, and streams broke off again and again: the controller gives the layer to another node`,
  );
}

function credentialOf(logins: RegistryLogins, host: string, path: string): Credential | undefined {
  const login = logins.find(host, path);
  if (login === undefined) return undefined;
  return "basic" in login
    ? basicCredential(login.basic.username, login.basic.password)
    : accessTokenCredential(login.bearerToken);
}

const isAway = (error: unknown): boolean =>
  error instanceof OciError &&
  (error.code === "REGISTRY_UNAVAILABLE" || error.code === "REGISTRY_TLS_VERIFY_FAILED");
