/**
 * A text in lines of at most `width` columns, broken at blanks; a longer word has a line of its own. `columnsOf` says how
 * many a word takes: as many as it has characters, unless text may be coloured or somebody else's.
 */
export function wrap(text: string, width: number, columnsOf = (word: string) => word.length): string[] {
  const lines: string[] = [];
  let room = 0;
  for (const word of text.split(" ")) {
    const length = columnsOf(word);
    if (lines.length > 0 && length + 1 <= room) {
      lines[lines.length - 1] += ` ${word}`;
      room -= length + 1;
    } else {
      lines.push(word);
      room = width - length;
    }
  }
  return lines;
}

/** The same, with words that are longer than a line broken too: no line is longer than `width`. */
export function wrapAll(text: string, width: number): string[] {
  return wrap(text, width).flatMap((line) => line.match(new RegExp(`.{1,${width}}`, "gu")) ?? []);
}
