import { defineScalarTag, FAILSAFE_SCHEMA, loadAll, NOT_RESOLVED, YAMLException } from "js-yaml";

/** A plain scalar that readers of YAML disagree about, or that no setting can be. */
export class UnclearScalar {
  readonly text: string;
  /** Finishes "TEXT is ...". */
  readonly nature: string;
  constructor(text: string, nature: string) {
    this.text = text;
    this.nature = nature;
  }
}

export type YamlTree = { readonly [key: string]: YamlValue };
export type YamlValue =
  | string
  | number
  | boolean
  | null
  | UnclearScalar
  | readonly YamlValue[]
  | YamlTree;

/** Why a text is no configuration, in one sentence without its file's name. */
export class YamlError extends Error {
  override readonly name = "YamlError";
}

const unclear: readonly (readonly [RegExp, string])[] = [
  [/^[-+]?0o?[0-7]+$/, "an octal number: write it in decimal"],
  [/^[-+]?0[0-9_]+$/, "a number with a leading zero: write it without"],
  [/^[-+]?0x[0-9a-f]+$/i, "a hexadecimal number: write it in decimal"],
  [/^(?:yes|no|on|off|y|n)$/i, "a boolean only in old YAML: write true or false"],
  [/^\d{4}-\d{1,2}-\d{1,2}(?:$|[Tt ])/, "a date: quote it if it is meant as text"],
  [/^[-+]?\d+(?:\.\d*)?e[-+]?\d+$/i, "a number with an exponent: write it out"],
  [/^[-+]?\.(?:inf|nan)$/i, "no finite number"],
  [/^[-+]?\d[\d_]*_[\d_]*$/, "a number only in old YAML: write it without _"],
  [/^\d+(?::[0-5]?\d)+$/, "a number of base 60 in old YAML: quote it if it is meant as text"],
  [/^[-+]?\d{16,}$/, "a number too large to be read exactly"],
];

/** JSON's scalars, and everything that looks like more than text but means different things to different readers. */
const plainScalar = defineScalarTag<string | number | boolean | null | UnclearScalar>("plain", {
  implicit: true,
  identify: () => false,
  resolve(text) {
    if (text === "" || text === "~" || text === "null") return null;
    if (text === "true" || text === "false") return text === "true";
    const nature = unclear.find(([pattern]) => pattern.test(text))?.[1];
    if (nature !== undefined) return new UnclearScalar(text, nature);
    return /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) : NOT_RESOLVED;
  },
});

const schema = FAILSAFE_SCHEMA.withTags(plainScalar);

/**
 * One document with a mapping at its top; an empty text is an empty mapping. Aliases are refused: a few lines of them
 * can stand for more nodes than memory holds.
 * @throws YamlError
 */
export function readYaml(text: string): YamlTree {
  const documents = load(text);
  if (documents.length > 1) throw new YamlError("it holds more than one YAML document");
  const [top = null] = documents as (YamlValue | undefined)[];
  if (top === null) return {};
  if (isTree(top)) return top;
  throw new YamlError("its top is no mapping: write KEY: VALUE lines");
}

export const isTree = (value: YamlValue): value is YamlTree =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  !(value instanceof UnclearScalar);

function load(text: string): unknown[] {
  try {
    return loadAll(text, { schema, maxAliases: 0, maxDepth: 16 });
  } catch (error) {
    if (!(error instanceof YAMLException)) throw error;
    const line = error.mark === undefined ? "" : `line ${error.mark.line + 1}: `;
    throw new YamlError(`${line}${explain(error.reason)}`, { cause: error });
  }
}

const explain = (reason: string): string =>
  reason.startsWith("aliases exceeded")
    ? "aliases are refused: write the value out where it is used"
    : `not readable as YAML: ${reason}`;
