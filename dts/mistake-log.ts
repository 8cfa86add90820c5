/** Reports mistakes where they are, with the macros that led there, each once. */
import type { Diagnostic, RelatedPlace } from "./diagnostic.ts";
import type { EnteredFiles } from "./entered-files.ts";
import { callEnd, expansionPlaces, macroNamedAt } from "./expansion-chain.ts";
import { definitionSpan, type Macro } from "./macro.ts";
import type { MacroTable } from "./macro-table.ts";
import { shorten } from "./shorten.ts";
import { NO_POSITION, NO_SPAN, type Position, type Span } from "./source.ts";
import type { Tokens } from "./tokens.ts";

/** What is being read when a mistake is found. */
export interface ReadingPoint {
  readonly tokens: Tokens;
  readonly index: number;
  readonly start: Position;
  /** Where the outermost macro that is being expanded is used; {@link siteMacro} is null where none is. */
  readonly siteStart: Position;
  readonly siteEnd: Position;
  readonly siteMacro: Macro | null;
  /** The macros that are being expanded, the outermost first. */
  readonly liveMacros: readonly Macro[];
}

export interface MistakeOptions {
  readonly rule?: string;
  readonly hint?: string;
  readonly related?: readonly RelatedPlace[];
}

export class MistakeLog {
  /** The last macro call with too few or too many arguments: what is wrong in it is the consequence. */
  badCall: Span = NO_SPAN;
  private readonly files: EnteredFiles;
  private readonly macros: MacroTable;
  private readonly reportTo: (diagnostic: Diagnostic) => void;
  private lastReportAt: Position = NO_POSITION;
  /** Places in macros, each with what was reported of it. */
  private readonly toldOfMacros = new Set<string>();

  constructor(files: EnteredFiles, macros: MacroTable, reportTo: (diagnostic: Diagnostic) => void) {
    this.files = files;
    this.macros = macros;
    this.reportTo = reportTo;
  }

  report(message: string, at: Span, reading: ReadingPoint, options: MistakeOptions = {}): void {
    const span = at.start === at.end ? this.placeOfGap(at, reading) : at;
    const related = this.withExpansions(message, span, options.related ?? [], reading);
    if (related === null) return;
    this.lastReportAt = span.start;
    const isBackwards = span.end < span.start;
    this.reportTo({
      rule: options.rule ?? "preprocessor",
      severity: "error",
      message: shorten(message),
      ...(options.hint === undefined ? {} : { hint: shorten(options.hint) }),
      node: null,
      span: isBackwards ? { start: span.start, end: span.start } : span,
      ...(related.length === 0 ? {} : { related }),
    });
  }

  /** Whether a mistake found here is only the consequence of one that was reported. */
  isEcho(position: Position): boolean {
    return position === this.lastReportAt || (position >= this.badCall.start && position < this.badCall.end);
  }

  /** Just after a token that a macro made is inside the macro where it goes on, else behind the call. */
  private placeOfGap(gap: Span, { siteMacro, siteStart, siteEnd, start }: ReadingPoint): Span {
    const isInside = siteMacro !== null && gap.start === siteEnd && start === siteStart;
    if (isInside) return { start: siteStart, end: siteEnd };
    const file = this.files.at(gap.start);
    const end = file === null ? gap.start : callEnd(file, gap.start, this.macroOf);
    return end === gap.start ? gap : { start: end, end };
  }

  /**
   * The places that go with a mistake, and after them the macros that led to it; null where the same was reported of the
   * same macro before.
   */
  withExpansions(
    message: string,
    span: Span,
    places: readonly RelatedPlace[],
    reading: ReadingPoint,
  ): readonly RelatedPlace[] | null {
    const file = this.files.at(span.start);
    if (file === null) return places;
    const isCurrent = span.start === reading.start;
    const live = isCurrent ? reading.liveMacros : [];
    const head = macroNamedAt(file, span.start, this.macroOf);
    const related = [...places];
    if (head !== null && !places.some((place) => place.span.start === definitionSpan(head).start)) {
      const mistake = isCurrent ? { tokens: reading.tokens, index: reading.index } : null;
      const chain = expansionPlaces(head, live[0] === head ? live : null, mistake, this.macroOf);
      related.push(...chain);
      const key = `${chain.at(-1)?.span.start} ${message}`;
      if (chain.length > 0 && this.toldOfMacros.has(key)) return null;
      this.toldOfMacros.add(key);
    }
    const outer = live[0];
    if (outer !== undefined && outer !== head && outer.definition !== null) {
      related.push({ message: `in an argument of macro ${outer.name}, defined here`, span: definitionSpan(outer) });
    }
    return related;
  }

  private readonly macroOf = (symbol: number): Macro | null => this.macros.get(symbol);
}
