import { valueKindTable } from "../../settings/testing/index.ts";
import { zoneKind } from "./agent-kinds.ts";

const notAZone = (shown: string) =>
  `${shown} is not the name of a zone: write letters, digits, "-", "_" or ".", at most 63`;
const LONG = "z".repeat(63);
valueKindTable(
  "a zone",
  zoneKind,
  { a: "a", "eu-central-1a": "eu-central-1a", "Rack_7.2": "Rack_7.2", [LONG]: LONG },
  {
    "": notAZone('""'),
    "-a": notAZone('"-a"'),
    "a.": notAZone('"a."'),
    "a b": notAZone('"a b"'),
    zürich: notAZone('"zürich"'),
    [`${LONG}z`]: notAZone(`"${LONG}z"`),
  },
);
