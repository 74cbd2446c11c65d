import type { ApiAccess, ApiRequest } from "./api-access.ts";

/** A request, as metrics count it. */
export type ApiCall = {
  /** get (also of a list), watch, post, put, patch or delete. */
  readonly verb: string;
  /** The plural, and the subresource after a slash. */
  readonly resource: string;
  /** 0 where there was no answer. */
  readonly code: number;
};

/** Tells of each request once it is answered, or is not. */
export const meteredAccess = (access: ApiAccess, onCall: (call: ApiCall) => void): ApiAccess => ({
  async send(request, signal) {
    const { method, path, query } = request;
    const verb = query?.["watch"] === undefined ? method.toLowerCase() : "watch";
    let code = 0;
    try {
      const reply = await access.send(request, signal);
      code = reply.status;
      return reply;
    } finally {
      onCall({ verb, resource: resourceIn(path), code });
    }
  },
});

/** Of a path that `resourcePath` made: names are left out. */
export function resourceIn(path: ApiRequest["path"]): string {
  const [, root, ...rest] = path.split("/");
  const parts = rest.slice(root === "api" ? 1 : 2);
  const within = parts[0] === "namespaces" && parts.length > 2 ? parts.slice(2) : parts;
  const [plural = "", , subresource] = within;
  return subresource === undefined ? plural : `${plural}/${subresource}`;
}
