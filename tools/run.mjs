// Starts a TypeScript file of ours with Node's own type stripping. Plain JavaScript, so that an old Node can say
// what is missing instead of failing on the first type annotation.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const REQUIRED_MAJOR = 24;
const top = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const major = Number(process.versions.node.split(".")[0]);

if (!existsSync(join(top, "node_modules"))) {
  console.error("[oci-torrent] node_modules is missing: run `npm ci` first");
  process.exit(1);
}
if (major < REQUIRED_MAJOR) {
  console.error(
    `[oci-torrent] this is Node ${process.versions.node}, and Node ${REQUIRED_MAJOR} or later is needed: on Linux \`npm ci\` brings it, elsewhere install it and put it first on PATH`,
  );
  process.exit(1);
}

const [script, ...args] = process.argv.slice(2);
const child = spawn(
  process.execPath,
  ["--disable-warning=ExperimentalWarning", resolve(top, script), ...args],
  { stdio: "inherit" },
);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => {
  process.exitCode = code ?? (signal === "SIGINT" ? 130 : 143);
});
