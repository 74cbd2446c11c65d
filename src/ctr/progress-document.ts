import type { ProgressEvent__Output } from "../api/index.ts";

/** "STEP_COPY_BLOB" -> "copyBlob": enum values without the prefix that protobuf asks for. */
export function enumWord(value: string, prefix: string): string {
  const words = value.replace(prefix, "").toLowerCase().split("_");
  return words
    .map((word, index) => (index === 0 ? word : word.slice(0, 1).toUpperCase() + word.slice(1)))
    .join("");
}

/** An event as one line of `--progress=json`: what is empty is left out. */
export function eventDocument(event: ProgressEvent__Output): Readonly<Record<string, unknown>> {
  const { digest, completedBytes, totalBytes, bytesPerSecond, source, text, totals } = event;
  return {
    step: enumWord(event.step, "STEP_"),
    ...(event.reference === "" ? {} : { reference: event.reference }),
    ...(digest === "" ? {} : { digest }),
    ...(totalBytes === 0 ? {} : { completedBytes, totalBytes }),
    ...(bytesPerSecond === 0 ? {} : { bytesPerSecond }),
    ...(source === "SOURCE_UNSPECIFIED" ? {} : { source: enumWord(source, "SOURCE_") }),
    ...(text === "" ? {} : { text }),
    ...(totals === null ? {} : { totals }),
  };
}
