import { grown } from "./grown.ts";
import { NO_POSITION } from "./source.ts";

const FIRST_ROOM = 1 << 12;

/** Where names are defined as macros, by symbol. All parses of a cache share it: what each defines has its number. */
export class Definitions {
  /** The parse that defined it last: in any other it is not defined. */
  parses = new Int32Array(FIRST_ROOM);
  /** The position of the line of define-lines.ts that defined it; {@link NO_POSITION} where anything else did. */
  lines = new Int32Array(FIRST_ROOM);
  /** The symbol of the number that this line defines it as; -1 where that is none, 0 where nobody has looked yet. */
  numbers = new Int32Array(FIRST_ROOM);

  set(symbol: number, parse: number, line: number = NO_POSITION): void {
    if (symbol >= this.parses.length) this.grow(symbol + 1);
    this.parses[symbol] = parse;
    this.lines[symbol] = line;
    this.numbers[symbol] = 0;
  }

  private grow(length: number): void {
    const room = Math.max(this.parses.length * 2, length);
    this.parses = grown(this.parses, room);
    this.lines = grown(this.lines, room);
    this.numbers = grown(this.numbers, room);
  }
}
