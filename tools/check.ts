// All that can be said in under a minute: format, lint, types, generated code, import rules, unit tests.
import { CHECKS } from "./checks.ts";
import { runCheck, tellEnd, tellProgress } from "./report.ts";
import { unitTestFiles } from "./sources.ts";
import { closingLine, type FileTally, isGood } from "./tally.ts";
import { runUnitTests } from "./unit-tests.ts";

const tellUnlessOk = (tally: FileTally) => {
  if (tally.failures.length > 0) tellProgress(tally);
};

const unitTests = runUnitTests(unitTestFiles(), tellUnlessOk);
const checked = await Promise.all(CHECKS.map((check) => runCheck(check)));
const tallies = [...checked, ...(await unitTests)];
tellEnd(tallies);
console.log(closingLine(tallies));
process.exitCode = isGood(tallies, false) ? 0 : 1;
