import { clearLeftovers, findLeftovers, RUN_VARIABLE } from "./leftovers.ts";
import { runTests } from "./run-tests.ts";
import type { FileTally } from "./tally.ts";

const TEST_TIMEOUT_MS = 180_000;
const FILE_TIMEOUT_MS = 600_000;
const END_GRACE_MS = 20_000;

/** They mostly wait, for networks and for each other's processes, so two files at a time keep two processors busy. */
const FILES_AT_A_TIME = 2;

/** The tallies come in the order in which the files end. */
export async function runEndToEndTests(
  files: readonly string[],
  tell: (tally: FileTally) => void,
): Promise<FileTally[]> {
  const tallies: FileTally[] = [];
  const waiting = [...files.entries()];
  const runOneByOne = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, file] = next;
      const tally = await runFile(file, `test-${process.pid}-${index}`);
      tell(tally);
      tallies.push(tally);
    }
  };
  await Promise.all(Array.from({ length: FILES_AT_A_TIME }, runOneByOne));
  return tallies;
}

async function runFile(file: string, runName: string): Promise<FileTally> {
  const { tallies } = await runTests({
    files: [file],
    concurrency: 1,
    testTimeoutMs: TEST_TIMEOUT_MS,
    fileTimeoutMs: FILE_TIMEOUT_MS,
    timeoutMs: FILE_TIMEOUT_MS + END_GRACE_MS,
    env: { [RUN_VARIABLE]: runName },
  });
  const [tally] = tallies;
  if (tally === undefined) throw new Error(`the runner told nothing of ${file}`);
  const left = clearLeftovers(findLeftovers(runName));
  if (left === "") return tally;
  const failure = { file, name: "the file", text: `it left behind:\n${left}` };
  return { ...tally, failures: [...tally.failures, failure] };
}
