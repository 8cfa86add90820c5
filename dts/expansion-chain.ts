/** How a place came out of macros, for a report: worked out when a mistake is found, so that expansion pays nothing. */
import type { RelatedPlace } from "./diagnostic.ts";
import { type EnteredFile, type TokenPlace, tokenStartingAt } from "./entered-files.ts";
import { definitionSpan, type Macro } from "./macro.ts";
import type { Position, Span } from "./source.ts";
import { TokenKind, type Tokens } from "./tokens.ts";

type MacroOf = (symbol: number) => Macro | null;

/** The macro that the token at `position` names; null where it names none. */
export function macroNamedAt({ tokens, base }: EnteredFile, position: Position, macroOf: MacroOf): Macro | null {
  const index = tokenStartingAt(tokens, position - base);
  if (index < 0 || tokens.kinds[index] !== TokenKind.word) return null;
  return macroOf(tokens.values[index]!);
}

/** Where the call of a macro ends whose name ends at `position`; `position` itself where there is no call. */
export function callEnd({ tokens, base }: EnteredFile, position: Position, macroOf: MacroOf): Position {
  const { kinds, values, ends, count } = tokens;
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle]! < position - base) low = middle + 1;
    else high = middle;
  }
  if (ends[low] !== position - base || kinds[low] !== TokenKind.word) return position;
  if (macroOf(values[low]!)?.parameters == null) return position;
  let depth = 0;
  for (let at = low + 1; at < count; at++) {
    const code = kinds[at] === TokenKind.operator ? values[at] : 0;
    if (code === 0x28) depth++;
    else if (code === 0x29) depth--;
    if (depth === 0) return code === 0x29 ? base + ends[at]! : position;
  }
  return position;
}

/**
 * The macros whose expansion led from `head` to a mistake, the outermost first, each with the place in it where the
 * next one, or the mistake itself, is written. `live` are those that are being expanded, where that is known.
 */
export function expansionPlaces(
  head: Macro,
  live: readonly Macro[] | null,
  mistake: TokenPlace | null,
  macroOf: MacroOf,
): RelatedPlace[] {
  const chain = (live ?? aliases(head, macroOf)).filter(({ definition }) => definition !== null);
  return chain.map((macro, at) => {
    const next = chain[at + 1];
    const inside = next === undefined ? mistakeIn(macro, mistake) : wordIn(macro, next.symbol);
    return { message: `in the expansion of macro ${macro.name}, defined here`, span: inside ?? definitionSpan(macro) };
  });
}

/** A macro, and those that it is merely another name for. */
function aliases(head: Macro, macroOf: MacroOf): Macro[] {
  const chain: Macro[] = [];
  for (let macro: Macro | null = head; macro !== null && !chain.includes(macro); macro = aliased(macro, macroOf)) {
    chain.push(macro);
  }
  return chain;
}

function aliased({ definition, parameters }: Macro, macroOf: MacroOf): Macro | null {
  if (definition === null || parameters !== null || definition.index + 2 !== definition.lineEnd) return null;
  const { tokens, index } = definition;
  return tokens.kinds[index + 1] === TokenKind.word ? macroOf(tokens.values[index + 1]!) : null;
}

function mistakeIn({ definition, base }: Macro, mistake: TokenPlace | null): Span | null {
  if (definition === null || mistake === null || mistake.tokens !== definition.tokens) return null;
  if (mistake.index <= definition.index || mistake.index >= definition.lineEnd) return null;
  return spanOf(definition.tokens, mistake.index, base);
}

function wordIn({ definition, base }: Macro, symbol: number): Span | null {
  if (definition === null) return null;
  const { tokens, index, lineEnd } = definition;
  for (let at = index + 1; at < lineEnd; at++) {
    if (tokens.kinds[at] === TokenKind.word && tokens.values[at] === symbol) return spanOf(tokens, at, base);
  }
  return null;
}

function spanOf({ starts, ends }: Tokens, index: number, base: Position): Span {
  return { start: base + starts[index]!, end: base + ends[index]! };
}
