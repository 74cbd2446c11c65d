import { lookup } from "node:dns/promises";
import { hostAndPort } from "../../api/index.ts";

type HostPort = { readonly host: string; readonly port: number };

/** ip:port of every controller, looked up anew. Of several names one that is not known does not matter. */
export async function controllerAddresses(
  controllers: readonly HostPort[],
): Promise<readonly string[]> {
  const found = await Promise.allSettled(
    controllers.map(async ({ host, port }) => {
      const addresses = await lookup(host, { all: true });
      return addresses.map(({ address }) => hostAndPort({ host: address, port }));
    }),
  );
  const known = found.flatMap((each) => (each.status === "fulfilled" ? each.value : []));
  const [failed] = found.flatMap((each) => (each.status === "rejected" ? [each.reason] : []));
  if (known.length === 0 && failed !== undefined) throw failed;
  return [...new Set(known)];
}
