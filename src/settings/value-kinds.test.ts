import { valueKindTable } from "./testing/value-kind-table.ts";
import { booleanKind, logLevelKind, pathKind } from "./value-kinds.ts";

valueKindTable(
  "a boolean",
  booleanKind,
  { true: true, false: false },
  {
    yes: '"yes" is neither true nor false',
    True: '"True" is neither true nor false',
    1: '"1" is neither true nor false',
    "": '"" is neither true nor false',
  },
);

valueKindTable(
  "a log level",
  logLevelKind,
  { warn: "warn" },
  {
    trace: '"trace" is not a log level: write debug, info, warn, error',
  },
);

valueKindTable(
  "a path",
  pathKind,
  { "/data": "/data", "a b": "a b" },
  {
    "": "the path is empty",
    "  ": "the path is empty",
    "/a\0b": '"/a\\u0000b" has a control character in it',
    "/a\nb": '"/a\\u000ab" has a control character in it',
  },
);
