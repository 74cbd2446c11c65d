import { nearest } from "../../runtime/index.ts";
import { quote } from "../../settings/index.ts";

/** What the words of a command line ask for. */
export type Order =
  | { readonly kind: "daemon" | "agent" | "tracker" | "init-data" | "configDefault" }
  | { readonly kind: "configCheck"; readonly file: string | undefined }
  | { readonly kind: "unclear"; readonly problem: string };

export const COMMAND_WORDS = ["agent", "tracker", "init-data", "config", "help", "version"];

export function orderFrom(words: readonly string[]): Order {
  const [first, second, ...rest] = words;
  if (first === undefined) return { kind: "daemon" };
  if (first === "tracker" || first === "agent" || first === "init-data") {
    return second === undefined ? { kind: first } : unexpected(second);
  }
  if (first !== "config") return unknownCommand(first, COMMAND_WORDS);
  if (second === undefined)
    return { kind: "unclear", problem: "config: write config default or config check [FILE]" };
  if (second === "default")
    return rest[0] === undefined ? { kind: "configDefault" } : unexpected(rest[0]);
  if (second !== "check") return unknownCommand(second, ["default", "check"], "config ");
  return rest[1] === undefined ? { kind: "configCheck", file: rest[0] } : unexpected(rest[1]);
}

function unknownCommand(word: string, known: readonly string[], before = ""): Order {
  if (word === "true" || word === "false") return unexpected(word);
  const meant = nearest(word, known);
  const suggestion = meant === undefined ? "" : `: did you mean oci-torrentd ${before}${meant}?`;
  return { kind: "unclear", problem: `unknown command ${quote(before + word)}${suggestion}` };
}

function unexpected(word: string): Order {
  const boolean = word === "true" || word === "false";
  const hint = boolean ? `: write the flag's value with =, as in --debug=${word}` : "";
  return { kind: "unclear", problem: `unexpected argument ${quote(word)}${hint}` };
}
