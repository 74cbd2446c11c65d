import { OciError, type OciErrorCode } from "../oci/index.ts";

/** Why a command did not do what it was asked; each has one exit code. */
export type CtrErrorCode = "FAILED" | "USAGE" | "PARTIAL" | "TIMEOUT" | "INTERRUPTED";

export class CtrError extends Error {
  override readonly name = "CtrError";
  readonly code: CtrErrorCode;
  constructor(code: CtrErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Part of the interface: scripts branch on them. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  /** Some of many failed. */
  partial: 3,
  timeout: 4,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const EXIT_CODES: Readonly<Record<CtrErrorCode, ExitCode>> = {
  FAILED: EXIT.failed,
  USAGE: EXIT.usage,
  PARTIAL: EXIT.partial,
  TIMEOUT: EXIT.timeout,
  INTERRUPTED: EXIT.interrupted,
};

export type Failure = { readonly sentence: string; readonly exitCode: ExitCode };

/** What the user is told about an error, and what the shell is. */
export function explainFailure(error: unknown): Failure {
  if (error instanceof CtrError) {
    return { sentence: error.message, exitCode: EXIT_CODES[error.code] };
  }
  if (error instanceof OciError) return { sentence: error.message, exitCode: ociExit(error) };
  const text = error instanceof Error ? error.message : String(error);
  return { sentence: `internal error: ${text}`, exitCode: EXIT.failed };
}

// What the user wrote is wrong; every other code is about something that was read.
const USAGE_CODES: readonly OciErrorCode[] = ["REFERENCE_INVALID", "PLATFORM_MISSING"];

const ociExit = ({ code }: OciError): ExitCode =>
  USAGE_CODES.includes(code) ? EXIT.usage : EXIT.failed;

/** The system's word for a failed file operation: "no such file". */
export function fileProblem(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  return FILE_PROBLEMS[code] ?? (cause instanceof Error ? cause.message : String(cause));
}

const FILE_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: "no such file or directory",
  EACCES: "permission denied",
  EISDIR: "it is a directory",
  ENOTDIR: "a part of the path is not a directory",
  ENOSPC: "no space left on the device",
  EROFS: "the file system is read-only",
};
