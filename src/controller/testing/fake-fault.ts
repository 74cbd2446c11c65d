import type { ApiRequest } from "../kube/api-access.ts";

/** What goes wrong with one request. */
export type Fault =
  /** An answer that is a refusal. */
  | {
      readonly kind: "refuse";
      readonly code: number;
      readonly reason?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** The connection breaks before an answer, with the request not carried out. */
  | { readonly kind: "drop" }
  /** The request is carried out, and the connection breaks before the answer. */
  | { readonly kind: "dropAnswer" }
  /** No answer, ever. */
  | { readonly kind: "hang" }
  /** The watch answers as it should, up to a number of lines; then something happens. */
  | { readonly kind: "after"; readonly lines: number; readonly comes: StreamFault };

export type StreamFault =
  | "close"
  /** The connection breaks in the middle of a line. */
  | "break"
  /** A line is cut short, and what it told is lost; those after it come. */
  | "garbage"
  /** ERROR with code 410. */
  | "gone"
  /** ERROR with code 500. */
  | "error"
  /** Nothing comes any more, and the connection stays. */
  | "silence";

type Planned = { readonly matches: (request: ApiRequest) => boolean; readonly fault: Fault };

/** Faults that are still to come, each for one request. */
export class Faults {
  #planned: Planned[] = [];
  #strikes: StreamFault[] = [];

  /** The next request that matches meets it. */
  plan(fault: Fault, matches: (request: ApiRequest) => boolean = () => true): void {
    this.#planned.push({ matches, fault });
  }

  /** A watch that is under way meets it, in the place of its next line. */
  strike(fault: StreamFault): void {
    this.#strikes.push(fault);
  }

  get left(): number {
    return this.#planned.length + this.#strikes.length;
  }

  clear(): void {
    this.#planned = [];
    this.#strikes = [];
  }

  takeStrike(): StreamFault | undefined {
    return this.#strikes.shift();
  }

  take(request: ApiRequest): Fault | undefined {
    const index = this.#planned.findIndex(({ matches }) => matches(request));
    return index < 0 ? undefined : this.#planned.splice(index, 1)[0]?.fault;
  }
}

export const isWatch = ({ query }: ApiRequest): boolean => query?.["watch"] === "true";
export const isList = (request: ApiRequest): boolean =>
  request.method === "GET" && !isWatch(request);
