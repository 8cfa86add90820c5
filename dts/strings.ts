/** What stands for a control character after a backslash, by its code. */
const SIMPLE_ESCAPES: Readonly<Record<number, number>> = {
  97: 7,
  98: 8,
  116: 9,
  110: 10,
  118: 11,
  102: 12,
  114: 13,
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
  const first = source.indexOf("\\");
  if (first < 0 || first === source.length - 1) return { text: source, badEscape: -1 };
  const { length } = source;
  // No escape is shorter than what it stands for. A character of a message may be above 255; none of a source is.
  const codes = new Uint16Array(length);
  let count = 0;
  let badEscape = -1;
  for (let at = 0; at < length; ) {
    const code = source.charCodeAt(at++);
    if (code !== BACKSLASH || at === length) {
      codes[count++] = code;
      continue;
    }
    const escaped = source.charCodeAt(at++);
    const value = octalDigit(escaped);
    if (escaped === NEWLINE) continue;
    if (escaped === CARRIAGE_RETURN && source.charCodeAt(at) === NEWLINE) at++;
    else if (value >= 0) {
      let octal = value;
      for (let digits = 1; digits < 3 && octalDigit(source.charCodeAt(at)) >= 0; digits++) {
        octal = octal * 8 + octalDigit(source.charCodeAt(at++));
      }
      codes[count++] = octal & 0xff;
    } else if (escaped === LETTER_X) {
      const digits = /^[0-9a-fA-F]{0,2}/.exec(source.slice(at, at + 2))![0];
      if (digits !== "") codes[count++] = Number.parseInt(digits, 16);
      else if (badEscape < 0) badEscape = at - 2;
      at += digits.length;
    } else codes[count++] = SIMPLE_ESCAPES[escaped] ?? escaped;
  }
  return { text: fromCodes(codes.subarray(0, count)), badEscape };
}

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;
const BACKSLASH = 0x5c;
const LETTER_X = 0x78;

/** The value of an octal digit; -1 for any other character, and for none. */
function octalDigit(code: number): number {
  return code >= 0x30 && code <= 0x37 ? code - 0x30 : -1;
}

/** More would not fit the stack as arguments of a call. */
const CODES_AT_ONCE = 4096;

function fromCodes(codes: Uint16Array): string {
  let text = "";
  for (let at = 0; at < codes.length; at += CODES_AT_ONCE) {
    text += String.fromCharCode(...codes.subarray(at, at + CODES_AT_ONCE));
  }
  return text;
}
