// What `kubectl explain` prints comes from descriptions alone: each field needs one that a person can use.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { describe, it } from "node:test";
import { load } from "js-yaml";
import { filesMatching } from "./sources.ts";

type Schema = {
  readonly type?: string;
  readonly format?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
};
type Field = { readonly path: string; readonly schema: Schema; readonly isRequired: boolean };

const UNITS =
  /\b(?:bytes|seconds|nodes|seeders|copies|images|number|percentage|generation|port|layers|higher)\b/i;

function fieldsBelow(path: string, { properties = {}, required = [], items }: Schema): Field[] {
  const below = Object.entries(properties).flatMap(([name, schema]) => {
    const field = { path: `${path}.${name}`, schema, isRequired: required.includes(name) };
    return [field, ...fieldsBelow(field.path, schema)];
  });
  return items === undefined ? below : [...below, ...fieldsBelow(`${path}[]`, items)];
}

/** What is wrong with a field's description, or undefined. */
function whyUnfit({ path, schema, isRequired }: Field): string | undefined {
  const { description = "", type } = schema;
  if (!/^[A-Za-z].*\.$/s.test(description)) return `${path} has no sentence of a description`;
  if (type === "integer" && !UNITS.test(description)) return `${path} does not name its unit`;
  if (path.startsWith(".status")) return undefined;
  if (path.startsWith(".spec.") && !isRequired && !description.includes("Default: ")) {
    return `${path} does not say its default`;
  }
  const value = typeof schema.default === "object" ? "{}" : String(schema.default);
  if (schema.default !== undefined && !description.includes(`Default: ${value}`)) {
    return `${path} has the default ${value} and says another`;
  }
  return undefined;
}

const schemaOf = (file: string): Schema => {
  type Definition = {
    spec: { versions: [{ schema: { openAPIV3Schema: Schema } }] };
  };
  return (load(readFileSync(file, "utf8")) as Definition).spec.versions[0].schema.openAPIV3Schema;
};

const isOurs = ({ path }: Field) => path !== ".metadata";

describe("custom resource definitions", () => {
  for (const file of filesMatching("crds/*.yaml")) {
    it(`${basename(file)} describes every field, with unit and default`, () => {
      const fields = fieldsBelow("", schemaOf(file)).filter(isOurs);
      assert.ok(fields.length > 40, `only ${fields.length} fields were found`);
      const unfit = fields.map(whyUnfit).filter((text) => text !== undefined);
      assert.deepEqual(unfit, []);
    });
  }

  const flawed: Readonly<Record<string, [Schema, RegExp]>> = {
    "no description": [{ type: "string" }, /no sentence/],
    "no unit": [{ type: "integer", description: "How long. Default: 3." }, /unit/],
    "no default": [{ type: "string", description: "The colour." }, /default/],
    "another default": [
      { type: "integer", default: 4, description: "Seconds. Default: 3." },
      /default 4/,
    ],
  };
  for (const [what, [schema, expected]] of Object.entries(flawed)) {
    it(`notices a field with ${what}`, () => {
      assert.match(whyUnfit({ path: ".spec.field", schema, isRequired: false }) ?? "", expected);
    });
  }
});
