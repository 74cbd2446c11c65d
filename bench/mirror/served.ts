/** What a server of one image says of itself. */
export type Served = { readonly port: number; readonly authorization: string };

/** As the agent's mirror has its one repository. */
export const servedPath = (what: "manifests" | "blobs", digest: string): string =>
  `/v2/l/${what}/${digest}`;
