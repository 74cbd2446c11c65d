export type ApiRequest = {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** As `resourcePath` makes it. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Of the body; without it application/json. */
  readonly contentType?: string;
};

export type ApiReply = {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Read it to its end, or abort the request. */
  readonly body: AsyncIterable<Uint8Array>;
};

/** The way to an API server: whoever answers is known, and knows us. */
export type ApiAccess = {
  /** @throws when there is no answer at all, or the signal's reason. */
  send(request: ApiRequest, signal: AbortSignal): Promise<ApiReply>;
};
