import { version } from "../runtime/index.ts";
import { EXIT, explainFailure, fileProblem } from "./errors.ts";
import { interruption } from "./interruption.ts";
import { printable } from "./printable.ts";
import { runCtr } from "./run.ts";

/** Who reads our output may stop reading: `oci-torrent-ctr list | head -1` is no failure. */
function endWithReader(stream: NodeJS.WriteStream): void {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(EXIT.ok);
    die(`could not write the output: ${fileProblem(error)}`);
  });
}

function die(sentence: string): never {
  process.stderr.write(`[ctr] ${printable(sentence)}\n`);
  process.exit(EXIT.failed);
}

// A defect of ours: users get a sentence all the same.
process.on("uncaughtException", (error) => die(explainFailure(error).sentence));
// grpc-js sets a TLS server name for addresses too; Node would tell users about it.
process.noDeprecation = true;
endWithReader(process.stdout);
process.stderr.on("error", () => process.exit(EXIT.failed));

process.exitCode = await runCtr(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: () => process.stdin,
  env: process.env,
  uid: process.getuid?.() ?? 0,
  cwd: process.cwd(),
  version,
  interrupted: interruption(process),
});
