import type { Command } from "commander";
import { nearest } from "../runtime/index.ts";

/**
 * What commander found wrong, as our sentence with a way out: "error: unknown command 'strat'" becomes
 * `unknown command 'strat': did you mean "start"? See "oci-torrent-ctr --help"`.
 */
export function usageSentence(message: string, command: Command, program: Command): string {
  // A value that was glued to a mistyped flag may be a password.
  const said = message.replace(/^error: /, "").replace(/'(-[^'=]*)=[^']*'/, "'$1'");
  if (said.includes(" is invalid. "))
    return said.replace(" is invalid. ", " is invalid: ").replace(/\.$/, "");
  const meant = meantBy(said, command, program);
  const name = command === program ? "" : ` ${command.name()}`;
  const hint = `see "oci-torrent-ctr${name} --help"`;
  return meant === undefined
    ? `${said.replace(/\.$/, "")}; ${hint}`
    : `${said}: did you mean "${meant}"? ${hint.replace("see", "See")}`;
}

function meantBy(said: string, command: Command, program: Command): string | undefined {
  const [, kind, word] = /^unknown (command|option) '(.*)'$/s.exec(said) ?? [];
  if (word === undefined) return undefined;
  if (kind === "command")
    return nearest(
      word,
      program.commands.map((known) => known.name()),
    );
  if (!word.startsWith("--")) return undefined;
  const options = [...command.options, ...program.options];
  return nearest(
    word,
    options.flatMap(({ long }) => (long === undefined ? [] : [long])),
  );
}
