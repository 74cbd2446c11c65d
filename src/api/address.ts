/** Where a daemon's gRPC API listens. */
export type Address =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number };

export class AddressError extends Error {
  override readonly name = "AddressError";
}

const refuse = (text: string): AddressError =>
  new AddressError(
    `not an address: ${JSON.stringify(text.slice(0, 200))}: write unix:///PATH or tcp://HOST:PORT`,
  );

/** Reads `unix:///PATH` or `tcp://HOST:PORT`, with an IPv6 host in brackets. Port 0 asks the system for a free one. */
export function parseAddress(text: string): Address {
  if (text.startsWith("unix://")) {
    const path = text.slice("unix://".length);
    if (!path.startsWith("/") || path.includes("\0")) throw refuse(text);
    return { kind: "unix", path };
  }
  const match = /^tcp:\/\/(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port > 65_535) throw refuse(text);
  return { kind: "tcp", host, port };
}

export const formatAddress = (address: Address): string =>
  address.kind === "unix" ? `unix://${address.path}` : `tcp://${hostAndPort(address)}`;

/** `HOST:PORT`, with brackets around an IPv6 host. */
export const hostAndPort = ({ host, port }: { host: string; port: number }): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;

export const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || /^127(?:\.\d{1,3}){3}$/.test(host);
