import type { ApiAccess, ApiReply } from "./api-access.ts";
import { isRecord, type KubeObject, parseObject } from "./kube-object.ts";
import { readJson } from "./reply-body.ts";

export type Listing = { readonly objects: readonly KubeObject[]; readonly resourceVersion: string };

type Page = Listing & { readonly next: string | undefined };

const PAGE_OBJECTS = 500;
const MAX_PAGES = 200;
const MAX_PAGE_BYTES = 256 * 1024 * 1024;

/** All objects at one version, page by page; or the answer that is a refusal. An object that cannot be read is left out. */
export async function listPages(
  access: ApiAccess,
  path: string,
  signal: AbortSignal,
): Promise<Listing | ApiReply> {
  const objects: KubeObject[] = [];
  let next: string | undefined;
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const reply = await access.send({ method: "GET", path, query: queryFor(next) }, signal);
    if (reply.status !== 200) return reply;
    const page = parsePage(await readJson(reply, MAX_PAGE_BYTES));
    for (const object of page.objects) objects.push(object);
    next = page.next;
    if (next === undefined) return { objects, resourceVersion: page.resourceVersion };
  }
  throw new Error(`listing ${path}: more than ${MAX_PAGES * PAGE_OBJECTS} objects`);
}

const queryFor = (next: string | undefined) => ({
  limit: `${PAGE_OBJECTS}`,
  ...(next !== undefined && { continue: next }),
});

function parsePage(value: unknown): Page {
  const list = isRecord(value) ? value : {};
  const metadata = isRecord(list["metadata"]) ? list["metadata"] : {};
  const { resourceVersion, continue: next } = metadata;
  if (typeof resourceVersion !== "string" || !isItems(list["items"])) {
    throw new Error("the API server's list is none: it has no items or no version");
  }
  return {
    objects: (list["items"] ?? []).flatMap((item) => parseObject(item) ?? []),
    resourceVersion,
    next: typeof next === "string" && next !== "" ? next : undefined,
  };
}

const isItems = (value: unknown): value is readonly unknown[] | null | undefined =>
  value === undefined || value === null || Array.isArray(value);
