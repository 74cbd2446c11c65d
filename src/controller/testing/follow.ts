import { silentLog, systemClock } from "../../runtime/index.ts";
import type { ApiAccess } from "../kube/api-access.ts";
import type { KubeObject } from "../kube/kube-object.ts";
import { createReflector, type Reflector } from "../kube/reflector.ts";

const CONFIG_MAPS = { group: "", version: "v1", plural: "configmaps" };

/** Follows a namespace's config maps until it is disposed of; `until` waits for a state of the copy. */
export function followConfigMaps(access: ApiAccess, namespace: string) {
  let look = () => {};
  const reflector: Reflector = createReflector(
    { access, clock: systemClock, random: Math.random, log: silentLog },
    { resource: CONFIG_MAPS, namespace, onChange: () => look() },
  );
  const stop = new AbortController();
  const running = reflector.run(stop.signal).catch(() => {});
  const until = (holds: (objects: readonly KubeObject[]) => boolean): Promise<void> =>
    new Promise((resolve) => {
      look = () => {
        if (holds([...reflector.objects.values()])) resolve();
      };
      reflector.synced.then(look, look);
      look();
    });
  const end = async () => {
    stop.abort();
    await running;
  };
  return { reflector, until, [Symbol.asyncDispose]: end };
}
