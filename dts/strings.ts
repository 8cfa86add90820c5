const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  t: "\t",
  n: "\n",
  v: "\v",
  f: "\f",
  r: "\r",
};

export interface UnescapedString {
  /** One character a byte. */
  readonly text: string;
  /** Offset of a `\x` that no hex digit follows; -1 where there is none. */
  readonly badEscape: number;
}

/**
 * What stands between the quotes of a string or character literal, escapes resolved as dtc resolves them: `\a \b \t \n
 * \v \f \r`, up to three octal digits, `\x` and up to two hex digits, any other character for itself. A
 * backslash-newline joins lines, as the preprocessor has it.
 */
export function unescapeString(source: string): UnescapedString {
  if (!source.includes("\\")) return { text: source, badEscape: -1 };
  let text = "";
  let badEscape = -1;
  for (let at = 0; at < source.length; ) {
    const backslash = source.indexOf("\\", at);
    if (backslash < 0 || backslash === source.length - 1) return { text: text + source.slice(at), badEscape };
    text += source.slice(at, backslash);
    const rest = source.slice(backslash + 1, backslash + 4);
    const splice = /^\r?\n/.exec(rest);
    const octal = /^[0-7]{1,3}/.exec(rest);
    const hex = /^x([0-9a-fA-F]{0,2})/.exec(rest);
    if (splice !== null) at = backslash + 1 + splice[0].length;
    else if (octal !== null) {
      text += String.fromCharCode(Number.parseInt(octal[0], 8) & 0xff);
      at = backslash + 1 + octal[0].length;
    } else if (hex !== null) {
      if (hex[1] === "") {
        if (badEscape < 0) badEscape = backslash;
      } else text += String.fromCharCode(Number.parseInt(hex[1]!, 16));
      at = backslash + 1 + hex[0].length;
    } else {
      text += SIMPLE_ESCAPES[rest[0]!] ?? rest[0]!;
      at = backslash + 2;
    }
  }
  return { text, badEscape };
}
