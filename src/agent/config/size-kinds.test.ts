import { valueKindTable } from "../../settings/testing/index.ts";
import { keptFreeKind, sizeLimitKind } from "./size-kinds.ts";

const notKept = (text: string) =>
  `"${text}" is not a share that can stay free: write a number from 0 to 90`;
valueKindTable(
  "a share that stays free",
  keptFreeKind,
  { 0: 0, 10: 10, "10%": 10, 90: 90 },
  Object.fromEntries(["91", "-1", "", "ten", "10.5", "10 %"].map((text) => [text, notKept(text)])),
);

const notASize = (text: string) =>
  `"${text}" is not a size: write 20GiB, or 15% of the file system`;
valueKindTable(
  "a limit of size",
  sizeLimitKind,
  {
    "15%": { unit: "percent", percent: 15 },
    "100%": { unit: "percent", percent: 100 },
    1: { unit: "bytes", bytes: 1 },
    "500M": { unit: "bytes", bytes: 500_000_000 },
    "500MB": { unit: "bytes", bytes: 500_000_000 },
    "20Gi": { unit: "bytes", bytes: 20 * 2 ** 30 },
    "1.5TiB": { unit: "bytes", bytes: 1.5 * 2 ** 40 },
  },
  Object.fromEntries(
    ["0%", "101%", "0", "", "-1", "20 GiB", "20GiB/s", "much", "9999999Ti", "%"].map((text) => [
      text,
      notASize(text),
    ]),
  ),
);
