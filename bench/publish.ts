// Writes bench/RESULTS.md and its plots from files that `npm run bench -- --json FILE` has written:
//   node tools/run.mjs bench/publish.ts FILE...
import { readFileSync } from "node:fs";
import { parseReport } from "./json-lines.ts";
import { writeResults } from "./results.ts";

const files = process.argv.slice(2);
if (files.length === 0) {
  console.error("[bench] name the files that `npm run bench -- --json FILE` has written");
  process.exitCode = 2;
} else {
  writeResults(files.map((file) => parseReport(readFileSync(file, "utf8"))));
}
