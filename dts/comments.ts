import { closingQuote, endOfLine } from "./scan-tokens.ts";

/** A stretch of one text, end exclusive. */
export interface CommentPlace {
  readonly start: number;
  readonly end: number;
}

/** The comments of device tree source in order, delimiters included: what {@link scanTokens} passes over as such. */
export function findComments(text: string): CommentPlace[] {
  const comments: CommentPlace[] = [];
  const opening = /["']|\/[*/]/g;
  // Of the line end at or after the current quote: looked for once a line.
  let newline = -1;
  for (let match = opening.exec(text); match !== null; match = opening.exec(text)) {
    const start = match.index;
    if (match[0] === "//" || match[0] === "/*") {
      const end = match[0] === "//" ? endOfLine(text, start + 2) : endOfBlock(text, start + 2);
      comments.push({ start, end });
      opening.lastIndex = end;
      continue;
    }
    if (newline < start) {
      newline = text.indexOf("\n", start);
      if (newline < 0) newline = text.length;
    }
    const close = closingQuote(text, start, text.charCodeAt(start), newline);
    // A string without end is its line; an apostrophe without end is a character like others.
    if (close >= 0) opening.lastIndex = close + 1;
    else if (match[0] === '"') opening.lastIndex = endOfLine(text, start);
  }
  return comments;
}

function endOfBlock(text: string, from: number): number {
  const close = text.indexOf("*/", from);
  return close < 0 ? text.length : close + 2;
}
