const LONGEST_QUOTE = 100;

/**
 * Foreign text as a message may show it: in quotes, cut at 100 characters, and pure printable ASCII, so that a
 * control character, a look-alike letter or a change of writing direction is seen for what it is.
 */
export function quoted(text: string): string {
  const shown = text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}...` : text;
  return JSON.stringify(shown).replace(/[^ -~]/gu, escaped);
}

const escaped = (character: string): string =>
  `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
