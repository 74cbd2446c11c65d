import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { typesOfCrd } from "./crd-types.ts";

const definition = (properties: object, versions = ["v1"]) =>
  JSON.stringify({
    metadata: { name: "kettles.example.com" },
    spec: {
      group: "example.com",
      names: { kind: "Kettle" },
      versions: versions.map((name) => ({
        name,
        schema: {
          openAPIV3Schema: {
            description: "A kettle.",
            properties: {
              spec: { type: "object", properties },
              status: { type: "object", properties: {} },
            },
          },
        },
      })),
    },
  });

/** What is written for a field of this schema. */
function fieldOf(schema: object): string {
  const { source } = typesOfCrd(definition({ field: schema }));
  const [, field = ""] = /KettleSpec = \{\n([\s\S]*?)\n\};/.exec(source) ?? [];
  return field.trim();
}

describe("typesOfCrd", () => {
  it("names the kind and its API version", () => {
    const { kind, source } = typesOfCrd(definition({}));
    assert.equal(kind, "Kettle");
    assert.match(source, /\/\*\* A kettle\. \*\/\nexport type Kettle = /);
    assert.match(source, /KubernetesObject<"example.com\/v1", "Kettle">/);
  });

  const fields: Readonly<Record<string, [object, string]>> = {
    "a text": [{ type: "string" }, "readonly field?: string;"],
    "a number": [{ type: "integer" }, "readonly field?: number;"],
    "a field with a default, which is always there": [
      { type: "boolean", default: false },
      "readonly field: boolean;",
    ],
    "a word of a list": [
      { type: "string", enum: ["Hot", "Cold"] },
      'readonly field?: "Hot" | "Cold";',
    ],
    "a number or percentage": [
      { "x-kubernetes-int-or-string": true },
      "readonly field?: number | string;",
    ],
    "a list": [{ type: "array", items: { type: "string" } }, "readonly field?: readonly string[];"],
    "a list of words of a list": [
      { type: "array", items: { type: "string", enum: ["Hot", "Cold"] } },
      'readonly field?: readonly ("Hot" | "Cold")[];',
    ],
    "a map": [
      { type: "object", additionalProperties: { type: "integer" } },
      "readonly field?: Readonly<Record<string, number>>;",
    ],
    "an object, whose own required fields are always there in it": [
      { type: "object", required: ["litres"], properties: { litres: { type: "integer" } } },
      "readonly field?: {\n    readonly litres: number;\n  };",
    ],
    "a description that would end its comment": [
      { type: "string", description: "Matches a/*/b." },
      "/** Matches a/* /b. */\n  readonly field?: string;",
    ],
  };
  for (const [what, [schema, expected]] of Object.entries(fields)) {
    it(`writes ${what}`, () => assert.equal(fieldOf(schema), expected));
  }

  it("refuses a schema that says no type", () => {
    assert.throws(() => fieldOf({ description: "anything" }), /no type can be written for/);
  });

  it("refuses several versions, of which it could type only one", () => {
    assert.throws(() => typesOfCrd(definition({}, ["v1", "v2"])), /kettles\.example\.com/);
  });
});
