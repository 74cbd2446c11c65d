import type { Platform } from "../oci/index.ts";
import type { CredentialFlags } from "./credentials-input.ts";
import type { DocumentFormat } from "./documents.ts";
import type { ProgressMode } from "./progress-view.ts";

/** Flags that every command takes. */
export type GlobalFlags = {
  readonly address?: string;
  readonly timeoutMs?: number;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
};

export type TableFormat = "table" | "wide" | DocumentFormat;

/** One command with its arguments and flags, as far as they can be read without looking at the world. */
export type Invocation =
  | StartInvocation
  | {
      readonly command: "status";
      readonly image?: string;
      readonly watch: boolean;
      readonly format: TableFormat;
    }
  | { readonly command: "explain"; readonly image: string; readonly format: TableFormat }
  | { readonly command: "stop"; readonly image: string; readonly keepPartial: boolean }
  | { readonly command: "remove"; readonly image: string }
  | { readonly command: "list"; readonly format: TableFormat }
  | {
      readonly command: "resolve";
      readonly image: string;
      readonly waitMs: number;
      readonly format: TableFormat;
    }
  | { readonly command: "verify"; readonly image?: string; readonly format: TableFormat }
  | {
      readonly command: "import";
      readonly source: string;
      readonly name?: string;
      readonly progress: ProgressMode;
    }
  | {
      readonly command: "export";
      readonly image: string;
      readonly target: string;
      readonly progress: ProgressMode;
    }
  | { readonly command: "torrent"; readonly image: string; readonly directory: string }
  | { readonly command: "version" };

export type StartInvocation = {
  readonly command: "start";
  readonly image: string;
  readonly platforms: readonly Platform[];
  readonly allPlatforms: boolean;
  readonly login: CredentialFlags;
  readonly progress: ProgressMode;
  readonly waitMs: number;
  readonly detach: boolean;
};

/** What the user asked for: something to do, or a text. */
export type Parsed =
  | { readonly do: "run"; readonly flags: GlobalFlags; readonly invocation: Invocation }
  | { readonly do: "print"; readonly text: string };
