/** IPv4 addresses that arrive at an IPv6 socket, as IPv4 addresses. */
export const plainAddress = (address: string): string => address.replace(/^::ffff:(?=\d)/, "");

export const addressOf = (host: string, port: number): string =>
  host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;

export const isLoopback = (address: string): boolean =>
  address.startsWith("127.") || address === "::1";
