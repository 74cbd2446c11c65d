import fc from "fast-check";

/** How often a property is tried: few in a quick check, many in the full test run. */
export const propertyRuns = Number(process.env["PROPERTY_RUNS"] ?? 200);

const letters = (alphabet: string, max: number): fc.Arbitrary<string> =>
  fc.string({ unit: fc.constantFrom(...alphabet), minLength: 1, maxLength: max });

const word = fc.oneof(
  letters("abz019", 4),
  fc.constantFrom("blobs", "refs", "oci", "library", "localhost", "docker"),
);
const separator = fc.constantFrom(".", "_", "__", "-", "---");
const component = fc.oneof(
  word,
  fc.tuple(word, separator, word).map((parts) => parts.join("")),
  fc.constantFrom("index.json", "oci-layout", "blobs", "refs", "docker.io", "a_5000"),
);
const host = fc.constantFrom(
  "",
  "docker.io/",
  "index.docker.io/",
  "localhost/",
  "localhost:5000/",
  "r.example/",
  "R.Example:5000/",
  "a:5000/",
  "blobs:1/",
  "index.json/",
  "10.0.0.1:65535/",
);
const tag = fc.oneof(
  fc.constant(""),
  letters("aZ09_", 6).map((text) => `:${text}`),
);
const digest = fc.oneof(
  fc.constant(""),
  fc
    .string({ unit: fc.constantFrom(..."0123456789abcdef"), minLength: 64, maxLength: 64 })
    .map((hex) => `@sha256:${hex}`),
);

/** Texts that are image references, with the names that are special to us more often than by chance. */
export const aReferenceText: fc.Arbitrary<string> = fc
  .tuple(host, fc.array(component, { minLength: 1, maxLength: 3 }), tag, digest)
  .map(([named, path, tagged, pinned]) => named + path.join("/") + tagged + pinned);
