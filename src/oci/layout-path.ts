import type { Reference } from "./reference.ts";

// What a layout keeps beside the directories of longer names; none of these can be the end of a component, for the
// grammar lets no component end in "_".
const RESERVED: ReadonlySet<string> = new Set(["blobs", "refs", "index.json", "oci-layout"]);

/**
 * Where the layout of a repository stands, relative to the directory of all layouts:
 * `[<host>[_<port>]/]<repository>`. Two repositories never share a path, and none lies in the blobs or refs of another.
 */
export function layoutPath({ host, repository }: Pick<Reference, "host" | "repository">): string {
  const components = repository.split("/");
  if (host !== "docker.io" || couldBeHost(components[0] ?? "")) {
    components.unshift(host.replace(":", "_"));
  }
  return components.map(unreserved).join("/");
}

const unreserved = (component: string): string =>
  RESERVED.has(component) ? `${component}_` : component;

/** Whether some host would be written like this: with a dot, as localhost, or with a port after an underscore. */
const couldBeHost = (component: string): boolean =>
  component.includes(".") || component === "localhost" || /_[0-9]+$/.test(component);
