/** The files that an input is made of, each time that one is entered: for whoever asks what stands at a position. */
import type { LoadedSource } from "./load-source.ts";
import { lastFrom, type Position } from "./source.ts";
import type { Tokens } from "./tokens.ts";

/** A file as it was read once: its tokens, none of them a whole statement, and the position of its first character. */
export interface EnteredFile {
  readonly tokens: Tokens;
  readonly base: Position;
}

/** A token, wherever it was written. */
export interface TokenPlace {
  readonly tokens: Tokens;
  readonly index: number;
}

export class EnteredFiles {
  /** In the order of positions. */
  private readonly entered: { readonly source: LoadedSource; readonly base: Position }[] = [];

  add(source: LoadedSource, base: Position): void {
    this.entered.push({ source, base });
  }

  /** Each inclusion of each file, in the order of positions. */
  all(): readonly { readonly source: LoadedSource; readonly base: Position }[] {
    return this.entered;
  }

  /** The file, in the inclusion that it was, that holds a position. Only for mistakes: it is scanned once more. */
  at(position: Position): EnteredFile | null {
    const file = this.sourceAt(position);
    return file === null ? null : { tokens: file.source.tokens.plain, base: file.base };
  }

  /** As {@link at}, with the tokens as they were scanned first. */
  sourceAt(position: Position): { readonly source: LoadedSource; readonly base: Position } | null {
    if (position < 0) return null;
    const file = lastFrom(this.entered, position);
    return position > file.base + file.source.file.text.length ? null : file;
  }

  /** The token that begins at a position; null where none does. */
  tokenAt(position: Position): TokenPlace | null {
    const file = this.at(position);
    if (file === null) return null;
    const index = tokenStartingAt(file.tokens, position - file.base);
    return index < 0 ? null : { tokens: file.tokens, index };
  }
}

/** Index of the token that begins at `offset`; -1 where none does. */
export function tokenStartingAt({ starts, count }: Tokens, offset: number): number {
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle]! < offset) low = middle + 1;
    else high = middle;
  }
  return starts[low] === offset ? low : -1;
}
