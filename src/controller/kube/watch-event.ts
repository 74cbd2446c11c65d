import { isRecord, type KubeObject, parseObject } from "./kube-object.ts";

/** The API's own account of a failure, of which this much is relied upon. */
export type Status = {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  /** As the server asks; undefined when it does not. */
  readonly retryAfterMs?: number;
};

/** One line of a watch. */
export type WatchEvent =
  | { readonly type: "put" | "delete"; readonly object: KubeObject }
  | {
      readonly type: "bookmark";
      readonly resourceVersion: string;
      /** The objects that there are have all been told: what follows is change. */
      readonly endsInitial: boolean;
    }
  | { readonly type: "error"; readonly status: Status }
  | { readonly type: "garbage" };

const GARBAGE: WatchEvent = { type: "garbage" };
const INITIAL_EVENTS_END = "k8s.io/initial-events-end";

export function parseWatchLine(line: string): WatchEvent {
  const event = parseJson(line);
  if (!isRecord(event)) return GARBAGE;
  switch (event["type"]) {
    case "ADDED":
    case "MODIFIED":
      return changeOf("put", event["object"]);
    case "DELETED":
      return changeOf("delete", event["object"]);
    case "BOOKMARK":
      return bookmarkOf(event["object"]);
    case "ERROR":
      return { type: "error", status: parseStatus(event["object"], 500) };
    default:
      return GARBAGE;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function changeOf(type: "put" | "delete", value: unknown): WatchEvent {
  const object = parseObject(value);
  return object === undefined ? GARBAGE : { type, object };
}

function bookmarkOf(value: unknown): WatchEvent {
  const metadata = isRecord(value) && isRecord(value["metadata"]) ? value["metadata"] : {};
  const { resourceVersion, annotations } = metadata;
  if (typeof resourceVersion !== "string") return GARBAGE;
  const endsInitial = isRecord(annotations) && annotations[INITIAL_EVENTS_END] === "true";
  return { type: "bookmark", resourceVersion, endsInitial };
}

/** `code` is what counts where the value does not say. */
export function parseStatus(value: unknown, code: number): Status {
  const status = isRecord(value) ? value : {};
  const details = isRecord(status["details"]) ? status["details"] : {};
  const seconds = details["retryAfterSeconds"];
  return {
    code: typeof status["code"] === "number" ? status["code"] : code,
    reason: typeof status["reason"] === "string" ? status["reason"] : "",
    message: typeof status["message"] === "string" ? status["message"].slice(0, 1_024) : "",
    ...(typeof seconds === "number" && seconds > 0 && { retryAfterMs: seconds * 1_000 }),
  };
}
