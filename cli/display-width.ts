/**
 * Columns that a text takes in a terminal, without what colours it: two for a character that East Asian writing or an
 * emoji makes wide (UAX #11, classes W and F), none for one that is set over the character before.
 */
export function displayWidth(text: string): number {
  if (PRINTABLE_ASCII.test(text)) return text.length;
  let width = 0;
  for (const character of text.replace(ESCAPES, "")) width += OVER.test(character) ? 0 : WIDE.test(character) ? 2 : 1;
  return width;
}

const PRINTABLE_ASCII = /^[ -~]*$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: what style.ts writes begins with one
const ESCAPES = /\x1b\[\d+m/g;
const WIDE =
  /[\p{Emoji_Presentation}\u1100-\u115f\u2329\u232a\u2630-\u2637\u268a-\u268f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{18dff}\u{1aff0}-\u{1b2ff}\u{1d300}-\u{1d376}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}]/u;
/** Marks, but for the selector that may make the emoji before it wide: it is given the column. */
const OVER = /(?!\ufe0f)[\p{Mn}\p{Me}\u200b-\u200f\u2060]/u;
