export type DocumentFormat = "json" | "yaml";

/** A value as a document that ends in a newline. */
export async function formatDocument(format: DocumentFormat, value: unknown): Promise<string> {
  if (format === "json") return `${JSON.stringify(value, undefined, 2)}\n`;
  const { dump } = await import("js-yaml");
  return dump(value, { lineWidth: -1, noRefs: true });
}

/** One of a stream of documents: a line of JSON, or YAML after its separator. */
export async function formatStreamed(format: DocumentFormat, value: unknown): Promise<string> {
  if (format === "json") return `${JSON.stringify(value)}\n`;
  return `---\n${await formatDocument("yaml", value)}`;
}
