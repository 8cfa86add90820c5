/** Text that comes piece by piece, cut into lines. */

/** Longer lines are no events: the longest event has about 400 characters. */
export const MAX_LINE_LENGTH = 4096;

/**
 * Gives each line without its end to `onLine`; one that is longer than {@link MAX_LINE_LENGTH} only so far. `end` gives
 * what comes after the last line end.
 */
export function createLineSplitter(onLine: (line: string) => void) {
  let rest = "";
  const add = (text: string) => {
    if (rest.length < MAX_LINE_LENGTH) rest += text.slice(0, MAX_LINE_LENGTH - rest.length);
  };
  const finish = () => {
    const line = rest;
    rest = "";
    onLine(line.endsWith("\r") ? line.slice(0, -1) : line);
  };
  return {
    write(piece: string): void {
      let start = 0;
      for (let end = piece.indexOf("\n"); end >= 0; end = piece.indexOf("\n", start)) {
        add(piece.slice(start, end));
        finish();
        start = end + 1;
      }
      add(piece.slice(start));
    },
    end(): void {
      if (rest !== "") finish();
    },
  };
}
