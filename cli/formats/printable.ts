/** A text from an input made safe for a terminal: control characters, which could move the cursor, show as `\x1b`. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
  return text.replace(/[\x00-\x1f\x7f-\x9f]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}

/**
 * A line of source for display. Device tree source is held a byte a character; UTF-8 in it becomes text again here. Tabs
 * stay, so that a marker under the line lines up.
 */
export function printableSource(line: string, isBytes: boolean): string {
  const text = isBytes ? Buffer.from(line, "latin1").toString("utf8") : line;
  return text.split("\t").map(printable).join("\t");
}
