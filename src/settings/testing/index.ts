export { valueKindTable } from "./value-kind-table.ts";
