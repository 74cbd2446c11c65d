// Writes the types of a custom resource from its definition. Ours rather than a library's: those know nothing of defaults
// that the API server fills in, of int-or-string, or of readonly, and make a tuple of every list that has a longest length.
import { load } from "js-yaml";

type Schema = {
  readonly type?: "object" | "array" | "string" | "integer" | "boolean";
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly string[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema;
  readonly items?: Schema;
  readonly "x-kubernetes-int-or-string"?: boolean;
};

type CustomResourceDefinition = {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly {
      readonly name: string;
      readonly schema: { readonly openAPIV3Schema: Schema };
    }[];
  };
};

const PARTS = ["spec", "status"] as const;

/** Types as a reader of the API server sees the objects: a field that has a default is always there. */
export function typesOfCrd(yaml: string): { readonly kind: string; readonly source: string } {
  const { spec, metadata } = load(yaml) as CustomResourceDefinition;
  const { kind } = spec.names;
  const [version] = spec.versions;
  if (version === undefined || spec.versions.length > 1) {
    throw new Error(`${metadata.name}: types can be written for exactly one version`);
  }
  const { description = "", properties = {} } = version.schema.openAPIV3Schema;
  const apiVersion = `${spec.group}/${version.name}`;
  const fields = PARTS.map((part) => `  readonly ${part}: ${kind}${capitalised(part)};\n`).join("");
  const source = [
    `// Generated from the definition of ${metadata.name}.`,
    'import type { KubernetesObject } from "../../kubernetes-object.ts";',
    ...PARTS.map((part) => {
      const schema = properties[part] ?? {};
      return `\n${comment(schema, "")}export type ${kind}${capitalised(part)} = ${typeOf(schema, "")};`;
    }),
    `\n${comment({ description }, "")}export type ${kind} = KubernetesObject<"${apiVersion}", "${kind}"> & {\n${fields}};`,
  ].join("\n");
  return { kind, source: `${source}\n` };
}

const capitalised = (word: string) => word.charAt(0).toUpperCase() + word.slice(1);

const comment = ({ description }: Schema, indent: string) =>
  description === undefined ? "" : `${indent}/** ${description.replaceAll("*/", "* /")} */\n`;

function typeOf(schema: Schema, indent: string): string {
  if (schema["x-kubernetes-int-or-string"] === true) return "number | string";
  if (schema.enum !== undefined)
    return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  switch (schema.type) {
    case "string":
    case "boolean":
      return schema.type;
    case "integer":
      return "number";
    case "array":
      return `readonly ${elementType(schema.items ?? {}, indent)}[]`;
    case "object":
      return objectType(schema, indent);
    default:
      throw new Error(`no type can be written for ${JSON.stringify(schema)}`);
  }
}

function elementType(schema: Schema, indent: string): string {
  const type = typeOf(schema, indent);
  return type.includes(" | ") && schema.type !== "object" ? `(${type})` : type;
}

function objectType(schema: Schema, indent: string): string {
  const { properties, additionalProperties, required = [] } = schema;
  if (properties === undefined) {
    return `Readonly<Record<string, ${typeOf(additionalProperties ?? {}, indent)}>>`;
  }
  const inner = `${indent}  `;
  const fields = Object.entries(properties).map(([name, field]) => {
    const isThere = required.includes(name) || field.default !== undefined;
    const mark = isThere ? "" : "?";
    return `${comment(field, inner)}${inner}readonly ${name}${mark}: ${typeOf(field, inner)};\n`;
  });
  return `{\n${fields.join("")}${indent}}`;
}
