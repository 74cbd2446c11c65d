import { valueKindTable } from "../../settings/testing/index.ts";
import { durationKind, portKind, rateKind } from "./quantity-kinds.ts";

const notARate = (text: string) =>
  `"${text}" is not a rate: write bytes per second such as 10MB or 10MiB/s, or 0 for no limit`;
valueKindTable(
  "a rate",
  rateKind,
  {
    0: 0,
    10: 10,
    "10B": 10,
    "10MB": 10_000_000,
    "10MiB/s": 10_485_760,
    "10 MiB/s": 10_485_760,
    "1.5KiB": 1536,
    "64kB/s": 64_000,
    "1GB": 1_000_000_000,
    "1GiB": 1_073_741_824,
    "1000GB/s": 1_000_000_000_000,
  },
  {
    "-1": '"-1" is negative: write bytes per second such as 10MB or 10MiB/s, or 0 for no limit',
    "-10MB":
      '"-10MB" is negative: write bytes per second such as 10MB or 10MiB/s, or 0 for no limit',
    "1e400": notARate("1e400"),
    NaN: notARate("NaN"),
    Infinity: notARate("Infinity"),
    "": notARate(""),
    " ": notARate(" "),
    "10Mbit": notARate("10Mbit"),
    "10mb": notARate("10mb"),
    "10MB/h": notARate("10MB/h"),
    "0x10": notARate("0x10"),
    "1,5MB": notARate("1,5MB"),
    "٣": notARate("٣"),
    "0.5": '"0.5" is less than a byte per second',
    "1001GB/s": '"1001GB/s" is more than 1000GB/s',
  },
);

const notADuration = (text: string) => `"${text}" is not a duration: write 5s, 500ms or 1m30s`;
valueKindTable(
  "a duration",
  durationKind,
  { 5: 5_000, "5s": 5_000, "500ms": 500, "1.5m": 90_000, "1m30s": 90_000, "1h": 3_600_000 },
  {
    0: '"0" is no time at all: write 5s or 500ms',
    "0s": '"0s" is no time at all: write 5s or 500ms',
    1e9: '"1000000000" is not a duration: write 5s, 500ms or 1m30s',
    "3601s": '"3601s" is more than an hour',
    "-1s": notADuration("-1s"),
    "5 s": notADuration("5 s"),
    "5d": notADuration("5d"),
    NaN: notADuration("NaN"),
    "": notADuration(""),
  },
);

const notAPort = (text: string) => `"${text}" is not a port: write a number from 0 to 65535`;
valueKindTable(
  "a port",
  portKind,
  { 0: 0, 50007: 50_007, 65535: 65_535 },
  {
    65536: notAPort("65536"),
    "-1": notAPort("-1"),
    "80.5": notAPort("80.5"),
    http: notAPort("http"),
    "": notAPort(""),
  },
);
