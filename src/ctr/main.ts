import { version } from "../runtime/index.ts";
import { CtrError, EXIT } from "./errors.ts";
import { runCtr } from "./run.ts";

/** Ctrl-C once asks for an orderly end; twice ends at once. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  process.on("SIGINT", () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    controller.abort(new CtrError("INTERRUPTED", "interrupted"));
  });
  return controller.signal;
}

/** Who reads our output may stop reading: `oci-torrent-ctr list | head -1` is no failure. */
function endQuietlyWithReader(stream: NodeJS.WriteStream): void {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(EXIT.ok);
    process.exit(EXIT.failed);
  });
}

// grpc-js sets a TLS server name for addresses too; Node would tell users about it.
process.noDeprecation = true;
endQuietlyWithReader(process.stdout);
endQuietlyWithReader(process.stderr);

process.exitCode = await runCtr(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: () => process.stdin,
  env: process.env,
  uid: process.getuid?.() ?? 0,
  cwd: process.cwd(),
  version,
  interrupted: interruption(),
});
