/**
 * The C preprocessor, as `cpp -x assembler-with-cpp -undef -nostdinc -D__DTS__` is for kernel trees, giving tokens
 * rather than text.
 *
 * A macro's expansion is read as a context on a stack; while it is there, the macro's own name is left alone, for good
 * (gcc's rule, which is the standard's). Where two tokens come out side by side without a space decides whether dtc
 * would read them as one name: {@link Preprocessor.isGlued} answers as gcc's output would show it.
 */

import type { Diagnostic, RelatedPlace } from "./diagnostic.ts";
import { DIRECTIVE_NAMES, Directive, endsBranch, opensConditional } from "./directives.ts";
import {
  callEnd,
  type EnteredFile,
  expansionPlaces,
  macroNamedAt,
  type TokenPlace,
  tokenStartingAt,
} from "./expansion-chain.ts";
import { guessStatement, type StatementGuess } from "./guess-statement.ts";
import { LIMITS } from "./limits.ts";
import type { LoadedSource, SourceCache, Unfound } from "./load-source.ts";
import { definitionSpan, type Macro, substitute, TokenRun, wouldPaste } from "./macro.ts";
import { readCondition } from "./preprocessor-condition.ts";
import { readDefine, replacementOf } from "./preprocessor-define.ts";
import { scanTokens } from "./scan-tokens.ts";
import { shorten } from "./shorten.ts";
import { NO_POSITION, NO_SPAN, type Position, type SourceMap, type Span } from "./source.ts";
import { unescapeString } from "./strings.ts";
import {
  BOUNDARY,
  DIRECTIVE,
  LINE_START,
  NO_EXPAND,
  SPACE_BEFORE,
  TokenKind,
  type Tokens,
  UNTERMINATED,
} from "./tokens.ts";

interface Condition {
  /** True while tokens of this branch count. */
  active: boolean;
  /** True once a branch was taken. */
  taken: boolean;
  seenElse: boolean;
  readonly span: Span;
}

interface Frame {
  readonly source: LoadedSource;
  readonly tokens: Tokens;
  readonly base: Position;
  /** Of the next token. */
  at: number;
  readonly conditions: Condition[];
  /** From `/include/`, which the preprocessor never sees: no directives, no macros. */
  readonly isRaw: boolean;
  /** The tokens of one statement of the frame below. */
  readonly isStatement: boolean;
}

/** Statements that are read token by token, each on its own: the board of Linux 6.1 with the most of them has 130. */
const MOST_ENTRIES = 2000;

/** A place to return to. */
interface FramesMark {
  readonly frames: { readonly frame: Frame; at: number; readonly conditions: readonly Condition[] }[];
  readonly position: Position;
  readonly expandedTokens: number;
}

interface Context {
  readonly run: TokenRun;
  at: number;
  readonly macro: Macro | null;
}

export class Preprocessor {
  // The current token.
  tokens: Tokens;
  index = 0;
  flags = 0;
  kind: number = TokenKind.end;
  start: Position = 0;
  end: Position = 0;
  /** Its code if it is an operator, else 0. */
  operator = 0;

  private readonly cache: SourceCache;
  private readonly sources: SourceMap;
  private readonly includeFolders: readonly string[];
  private readonly reportTo: (diagnostic: Diagnostic) => void;
  private readonly macros: (Macro | null)[];
  private readonly parse: number;
  private readonly frames: Frame[] = [];
  private readonly contexts: Context[] = [];
  /** Every file as it was entered, in the order of positions. */
  private readonly entered: { readonly source: LoadedSource; readonly base: Position }[] = [];
  /** Of files in which a mistake was found: the tokens without statements taken whole. */
  private readonly plainTokens = new Map<LoadedSource, Tokens>();
  /** Contexts that must be left alone while an argument or a directive's line is expanded for itself. */
  private floor = 0;
  private isIsolated = false;
  private pending = 0;
  /** The token that was current before this one: what the output shows before it. */
  private previousTokens: Tokens;
  private previousIndex = 0;
  /** Where the outermost macro that is being expanded is used. */
  private siteStart: Position = 0;
  private siteEnd: Position = 0;
  private siteMacro: Macro | null = null;
  /** While an argument is expanded for itself: the site of the call that it belongs to. */
  private outerSiteStart: Position = 0;
  private outerSiteEnd: Position = 0;
  private tokenCount = 0;
  private expandedTokens = 0;
  private pastedCharacters = 0;
  private includes = 0;
  private sourceCharacters = 0;
  private counter = 0;
  private depth = 0;
  /** True once {@link stop} was called: what follows is not the input's fault. */
  isStopped = false;
  /** Statements whose tokens were read in their place. */
  private entries = 0;
  /** True once a mistake in a conditional may have left out what was meant to be read. */
  leavesOut = false;
  /** Where the last mistake was reported. */
  private lastReportAt: Position = NO_POSITION;
  private namesListed = 0;
  /** Places in macros, each with what was reported of it. */
  private readonly toldOfMacros = new Set<string>();
  /** Set once a call took all that follows for its arguments: from then on, a statement that is over ends a call too. */
  private hasUnclosedCall = false;
  /** The last macro call with too few or too many arguments. */
  private badCall: Span = NO_SPAN;
  /** Set by whoever can read a whole statement, for one call of {@link next}: others get its tokens. */
  takesStatements = false;
  /** Set where {@link expand} put a single number straight in place of the current token. */
  private isReplaced = false;
  private readonly variableArguments: number;

  constructor(
    input: LoadedSource,
    cache: SourceCache,
    sources: SourceMap,
    includeFolders: readonly string[],
    report: (diagnostic: Diagnostic) => void,
  ) {
    this.cache = cache;
    this.macros = cache.macros;
    this.parse = cache.begin();
    this.sources = sources;
    this.includeFolders = includeFolders;
    this.reportTo = report;
    this.tokens = input.tokens;
    this.previousTokens = input.tokens;
    this.variableArguments = cache.symbols.of("__VA_ARGS__");
    this.predefine();
    this.enterFile(input, NO_SPAN, false);
  }

  /** Of the current token: symbol, operator code or keyword index. */
  get value(): number {
    return this.tokens.values[this.index]!;
  }

  /** Of the current token, as written. */
  get text(): string {
    return this.tokens.spelling(this.index);
  }

  get span(): Span {
    return { start: this.start, end: this.end };
  }

  /** Whether the current token is of this kind and, where one is given, has this value. */
  is(kind: number, value = this.value): boolean {
    return this.kind === kind && this.value === value;
  }

  /** True where the current token begins a line of its own. */
  get isAtLineStart(): boolean {
    return (this.flags & LINE_START) !== 0;
  }

  /** True where the preprocessor's output shows nothing between the current token and the one before it. */
  get isGlued(): boolean {
    if ((this.flags & (SPACE_BEFORE | LINE_START)) !== 0) return false;
    return (
      (this.flags & BOUNDARY) === 0 || !wouldPaste(this.previousTokens, this.previousIndex, this.tokens, this.index)
    );
  }

  get isRaw(): boolean {
    return this.frames.at(-1)?.isRaw ?? false;
  }

  /** The folder of the file that is being read, for `/include/` and `/incbin/`. */
  get folders(): readonly string[] {
    return [this.frames.at(-1)?.source.folder ?? "", ...this.includeFolders];
  }

  /** The macro whose expansion the current token came from, the outermost of several. */
  get origin(): Macro | null {
    return this.siteMacro;
  }

  isDefined(symbol: number): boolean {
    return this.macroOf(symbol) !== null;
  }

  /** The names of all macros that are defined by now; none once that has been asked more often than there is time for. */
  definedNames(): Map<string, Macro> {
    const names = new Map<string, Macro>();
    this.namesListed += this.macros.length;
    if (this.namesListed > MOST_NAMES_LISTED) return names;
    for (const macro of this.macros) if (macro !== null && macro.parse === this.parse) names.set(macro.name, macro);
    return names;
  }

  private macroOf(symbol: number): Macro | null {
    const macro = symbol < this.macros.length ? this.macros[symbol]! : null;
    return macro !== null && macro.parse === this.parse ? macro : null;
  }

  /** Goes on to the next token, macros expanded. */
  next(): void {
    this.previousTokens = this.tokens;
    this.previousIndex = this.index;
    // Most tokens come straight from the file and are no macro.
    if (this.contexts.length === 0 && !this.isIsolated && !this.isStopped) {
      const frame = this.frames[this.frames.length - 1]!;
      const { tokens, at } = frame;
      const flags = tokens.flags[at]!;
      const kind = tokens.kinds[at]!;
      if ((flags & DIRECTIVE) === 0 && kind !== TokenKind.end) {
        const value = tokens.values[at]!;
        const isPlain = kind !== TokenKind.word || this.macroOf(value) === null || frame.isRaw;
        if (isPlain && (kind !== TokenKind.statement || this.takesStatements)) {
          frame.at = at + 1;
          this.tokens = tokens;
          this.index = at;
          this.kind = kind;
          this.operator = kind === TokenKind.operator ? value : 0;
          this.flags = flags | this.pending;
          this.pending = 0;
          this.start = frame.base + tokens.starts[at]!;
          this.end = frame.base + tokens.ends[at]!;
          this.siteMacro = null;
          return;
        }
      }
    }
    this.expandNext();
    this.operator = this.kind === TokenKind.operator ? this.value : 0;
  }

  private expandNext(): void {
    for (;;) {
      this.read();
      if (this.kind !== TokenKind.word) return;
      const macro = this.macroOf(this.tokens.values[this.index]!);
      if (macro === null || (this.flags & NO_EXPAND) !== 0 || this.isRaw) return;
      if (macro.expanding) {
        this.flags |= NO_EXPAND;
        return;
      }
      this.takesStatements = false;
      if (!this.expand(macro)) return;
      if (this.isReplaced) {
        this.isReplaced = false;
        return;
      }
    }
  }

  /**
   * If the current token begins a name (a run of name characters without space), gives its symbol and goes past it;
   * otherwise -1. Macros inside a name are expanded, as the preprocessor does not know that it is one.
   */
  takeName(): number {
    if (this.contexts.length === 0 && !this.isIsolated && this.siteMacro === null) {
      const frame = this.frames[this.frames.length - 1];
      if (frame !== undefined && this.tokens === frame.tokens && frame.at === this.index + 1) {
        const end = this.tokens.nameEnd(this.index);
        if (end === this.index) return -1;
        if (!this.hasMacro(this.index, end)) {
          const symbol = this.tokens.nameSymbol(this.index);
          this.nameEnd = frame.base + this.tokens.ends[end - 1]!;
          this.index = end - 1;
          frame.at = end;
          this.next();
          return symbol;
        }
      }
    }
    let name = "";
    this.nameEnd = this.end;
    while (this.tokens.nameEnd(this.index) > this.index && (name === "" || this.isGlued)) {
      name += this.text;
      this.nameEnd = this.end;
      this.next();
    }
    return name === "" ? -1 : this.cache.symbols.of(name);
  }

  /** End of the name that {@link takeName} took last. */
  nameEnd: Position = 0;

  private hasMacro(from: number, to: number): boolean {
    const { kinds, values } = this.tokens;
    for (let i = from; i < to; i++) {
      if (kinds[i] === TokenKind.word && this.macroOf(values[i]!) !== null && !this.isRaw) return true;
    }
    return false;
  }

  /** Puts tokens made from `text` in place of the current one: a number that dtc reads as several tokens. */
  replaceCurrent(text: string): void {
    const tokens = scanTokens(text, this.cache.symbols);
    const run = new TokenRun();
    for (let i = 0; i < tokens.count - 1; i++)
      run.push(tokens, i, i === 0 ? this.flags : tokens.flags[i]!, this.start, this.end);
    this.contexts.push({ run, at: 0, macro: null });
    this.next();
  }

  /** Reads the file `name` in place of what follows: dtc's `/include/`. */
  includeRaw(name: string, span: Span): void {
    const found = this.cache.find(name, this.folders);
    if (found.kind === "loaded") this.enterFile(found.source, span, true);
    else this.reportUnfound(`/include/ "${name}"`, span, found);
  }

  /** The content of `name`, one character a byte, for `/incbin/`; null, and an error, where it cannot be had. */
  readBytes(name: string, span: Span): string | null {
    const found = this.cache.findBytes(name, this.folders);
    if (found.kind === "text") return found.text;
    this.reportUnfound(`/incbin/("${name}")`, span, found);
    return null;
  }

  /** Reads nothing more: every token from here on is the end. */
  stop(): void {
    this.isStopped = true;
  }

  report(
    message: string,
    span: Span,
    options: { rule?: string; hint?: string; related?: readonly RelatedPlace[] } = {},
  ): void {
    if (this.isStopped) return;
    if (span.start === span.end) span = this.placeOfGap(span);
    const related = this.withExpansions(message, span, options.related ?? []);
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
  private placeOfGap(gap: Span): Span {
    const isInside = this.siteMacro !== null && gap.start === this.siteEnd && this.start === this.siteStart;
    if (isInside) return { start: this.siteStart, end: this.siteEnd };
    const file = this.fileAt(gap.start);
    const end = file === null ? gap.start : callEnd(file, gap.start, (symbol) => this.macroOf(symbol));
    return end === gap.start ? gap : { start: end, end };
  }

  /**
   * The places that go with a mistake, and after them the macros that led to it; null where the same was reported of the
   * same macro before.
   */
  withExpansions(message: string, span: Span, places: readonly RelatedPlace[]): readonly RelatedPlace[] | null {
    const file = this.fileAt(span.start);
    if (file === null) return places;
    const isCurrent = span.start === this.start;
    const live: Macro[] = [];
    if (isCurrent) for (const { macro } of this.contexts) if (macro !== null) live.push(macro);
    const related = [...places];
    const macroOf = (symbol: number) => this.macroOf(symbol);
    const head = macroNamedAt(file, span.start, macroOf);
    if (head !== null) {
      const mistake = isCurrent ? { tokens: this.tokens, index: this.index } : null;
      const chain = expansionPlaces(head, live[0] === head ? live : null, mistake, macroOf);
      const isTold = (at: Position) => places.some((place) => place.span.start === at);
      if (!isTold(definitionSpan(head).start)) {
        related.push(...chain);
        const key = `${chain.at(-1)?.span.start} ${message}`;
        if (chain.length > 0 && this.toldOfMacros.has(key)) return null;
        this.toldOfMacros.add(key);
      }
    }
    const outer = live[0];
    if (outer !== undefined && outer !== head && outer.definition !== null) {
      related.push({ message: `in an argument of macro ${outer.name}, defined here`, span: definitionSpan(outer) });
    }
    return related;
  }

  /** The file, in the inclusion that it was, that holds a position. Only for mistakes: it is scanned once more. */
  fileAt(position: Position): EnteredFile | null {
    if (position < 0) return null;
    let at = this.entered.length - 1;
    while (at > 0 && this.entered[at]!.base > position) at--;
    const { source, base } = this.entered[at]!;
    const { text } = source.file;
    if (position > base + text.length) return null;
    let tokens = this.plainTokens.get(source);
    if (tokens === undefined) {
      tokens = scanTokens(text, this.cache.symbols, { from: 0, to: text.length });
      this.plainTokens.set(source, tokens);
    }
    return { tokens, base };
  }

  /** The current token in its file; null where it comes from a macro. */
  private placeInFile(): TokenPlace | null {
    if (this.contexts.length > 0 || this.siteMacro !== null) return null;
    const file = this.fileAt(this.start);
    if (file === null) return null;
    const index = tokenStartingAt(file.tokens, this.start - file.base);
    return index < 0 ? null : { tokens: file.tokens, index };
  }

  /** What the current token seems to begin; null where it looks like no statement, or comes from a macro. */
  guess(): StatementGuess | null {
    // Asked at each line of a value that goes over several, mistake or not: no second scan of the file for that.
    if (this.contexts.length > 0 || this.siteMacro !== null) return null;
    return guessStatement(this.tokens, this.index);
  }

  /** The string that stands just before the current token, its quotes included; null where none does. */
  stringBefore(): string | null {
    const place = this.placeInFile();
    if (place === null || place.index === 0) return null;
    const { tokens, index } = place;
    return tokens.kinds[index - 1] === TokenKind.string ? tokens.spelling(index - 1) : null;
  }

  /** Whether a string, a cell list or a byte string comes right after the current token. */
  nextBeginsItem(): boolean {
    const place = this.placeInFile();
    if (place === null) return false;
    const { kinds, values } = place.tokens;
    const next = place.index + 1;
    if (kinds[next] === TokenKind.string) return true;
    return kinds[next] === TokenKind.operator && (values[next] === 0x3c || values[next] === 0x5b);
  }

  /** The text from the current token on, up to `end` or the end of the line; empty where a macro made the token. */
  restOfLine(end: RegExp): string {
    const place = this.placeInFile();
    if (place === null) return "";
    const { text, starts } = place.tokens;
    const from = starts[place.index]!;
    const rest = text.slice(from, from + LONGEST_REST).split("\n", 1)[0]!;
    const at = rest.search(end);
    return (at < 0 ? rest : rest.slice(0, at)).trim();
  }

  private predefine(): void {
    const builtins = [
      ["__DTS__", "one"],
      ["__ASSEMBLER__", "one"],
      ["__STDC__", "one"],
      ["__STDC_HOSTED__", "one"],
      ["__FILE__", "file"],
      ["__LINE__", "line"],
      ["__COUNTER__", "counter"],
    ] as const;
    for (const [name, builtin] of builtins) {
      this.define({
        symbol: this.cache.symbols.of(name),
        name,
        parameters: null,
        variadic: false,
        replacement: null,
        builtin,
        definition: null,
        base: 0,
        parse: 0,
        expanding: false,
        isSmall: false,
      });
    }
  }

  private enterFile(source: LoadedSource, span: Span, isRaw: boolean): void {
    if (this.frames.length >= LIMITS.includeDepth) {
      const loops = this.frames.some((frame) => frame.source.file === source.file);
      this.report(
        loops
          ? `${source.file.path} includes itself, ${LIMITS.includeDepth} files deep`
          : `files are included ${LIMITS.includeDepth} deep`,
        span,
        { rule: "include", hint: "guard the file with #ifndef … #define … #endif, or include it from one place only" },
      );
      this.stop();
      return;
    }
    const base = this.sources.enter(source.file, span.start);
    this.entered.push({ source, base });
    const place = span.start < 0 ? { start: base, end: base } : span;
    this.sourceCharacters += source.file.text.length + 1;
    this.tokenCount += source.tokens.count;
    let excess: string | null = null;
    if (this.includes++ > LIMITS.includes) excess = `more than ${LIMITS.includes} files are included`;
    if (this.sourceCharacters > LIMITS.sourceCharacters) {
      excess = `the input and what it includes have more than ${LIMITS.sourceCharacters} characters`;
    }
    if (excess !== null) {
      this.stopAtLimit(excess, place);
      return;
    }
    if (!this.countTokens(0, place)) return;
    for (const error of source.tokens.errors) {
      this.report(error.message, { start: base + error.start, end: base + error.end }, { rule: "syntax" });
    }
    this.frames.push({ source, tokens: source.tokens, base, at: 0, conditions: [], isRaw, isStatement: false });
  }

  /** Has the tokens of a statement read in its place, and where that was done very often, those of all that follow. */
  private enterStatement(frame: Frame, index: number): void {
    const { source, base, isRaw } = frame;
    if (++this.entries > MOST_ENTRIES) {
      const tokens = frame.tokens.plain;
      const start = frame.tokens.starts[index]!;
      // Another frame in its place, as somebody may have marked it to come back to it.
      this.frames[this.frames.length - 1] = { ...frame, tokens, at: tokenStartingAt(tokens, start) };
      this.tokenCount += tokens.count - frame.tokens.count;
      this.countTokens(0, { start: base + start, end: base + frame.tokens.ends[index]! });
      return;
    }
    this.frames.push({
      source,
      tokens: frame.tokens.explode(index),
      base,
      at: 0,
      conditions: NO_CONDITIONS,
      isRaw,
      isStatement: true,
    });
  }

  /** Puts the tokens of the current statement in its place. */
  explode(): void {
    this.enterStatement(this.frames[this.frames.length - 1]!, this.index);
    this.pending |= this.flags;
    this.next();
  }

  /** Where the text that is being read begins. */
  get base(): Position {
    return this.frames[this.frames.length - 1]!.base;
  }

  /** Whether no word of a name is a macro. */
  isPlainName(symbol: number): boolean {
    return this.cache.isPlainName(symbol, this.isMacro);
  }

  private readonly isMacro = (symbol: number): boolean => this.macroOf(symbol) !== null;

  /** The symbol of the number that a word stands for as a macro; the word itself where it is none, -1 for any other. */
  numberOf(symbol: number): number {
    const macro = this.macroOf(symbol);
    if (macro === null) return symbol;
    if (this.isRaw || macro.definition === null || macro.parameters !== null) return -1;
    const { tokens, index, lineEnd } = macro.definition;
    const body = index + 1;
    return body + 1 === lineEnd && tokens.kinds[body] === TokenKind.number ? tokens.values[body]! : -1;
  }

  private stopAtLimit(message: string, span: Span): void {
    this.report(message, span, { rule: "limit" });
    this.stop();
  }

  /** Counts tokens that expansion makes; false, with an error, and nothing more is read, where they are too many. */
  private countTokens(count: number, span: Span): boolean {
    this.expandedTokens += count;
    if (this.isStopped) return false;
    if (this.expandedTokens > LIMITS.expandedTokens) {
      this.stopAtLimit(`macros expand to more than ${LIMITS.expandedTokens} tokens`, span);
    } else if (this.tokenCount + this.expandedTokens > LIMITS.tokens) {
      this.stopAtLimit(`the input and what it includes have more than ${LIMITS.tokens} tokens`, span);
    }
    return !this.isStopped;
  }

  /** Counts characters that `#` and `##` are about to make, as {@link countTokens} counts tokens. */
  private readonly countPasted = (count: number): boolean => {
    this.pastedCharacters += count;
    if (this.pastedCharacters > LIMITS.pastedCharacters) {
      this.stopAtLimit(`# and ## make more than ${LIMITS.pastedCharacters} characters`, this.span);
    }
    return !this.isStopped;
  };

  /** The next token as it stands, directives obeyed, macros not expanded. */
  private read(): void {
    while (this.contexts.length > this.floor) {
      const context = this.contexts[this.contexts.length - 1]!;
      if (context.at < context.run.length) {
        const run = context.run;
        const at = context.at++;
        this.tokens = run.tokens[at]!;
        this.index = run.indices[at]!;
        this.flags = run.flags[at]! | this.pending;
        this.pending = 0;
        this.kind = this.tokens.kinds[this.index]!;
        const start = run.starts[at]!;
        if (start >= 0) {
          this.start = start;
          this.end = run.ends[at]!;
          return;
        }
        if (this.isIsolated && this.contexts.length === this.floor + 1) {
          this.siteStart = this.outerSiteStart;
          this.siteEnd = this.outerSiteEnd;
        }
        this.start = this.siteStart;
        this.end = this.siteEnd;
        return;
      }
      this.contexts.pop();
      if (context.macro !== null) context.macro.expanding = false;
      this.pending |= BOUNDARY;
    }
    if (this.isIsolated) {
      this.kind = TokenKind.end;
      this.flags = 0;
      return;
    }
    this.siteMacro = null;
    this.readFromFile();
  }

  private readFromFile(): void {
    for (;;) {
      const frame = this.frames[this.frames.length - 1];
      if (frame === undefined || this.isStopped) {
        this.kind = TokenKind.end;
        this.flags = LINE_START;
        return;
      }
      const tokens = frame.tokens;
      const index = frame.at;
      const flags = tokens.flags[index]!;
      if ((flags & DIRECTIVE) !== 0) {
        if (frame.isRaw ? tokens.kinds[index + 1] === TokenKind.number : true) {
          this.obeyDirective(frame, index);
          continue;
        }
      }
      const kind = tokens.kinds[index]!;
      if (kind === TokenKind.end) {
        if (frame.isStatement) {
          this.frames.pop();
          continue;
        }
        this.pending |= LINE_START;
        const isLast = this.frames.length === 1;
        for (const condition of frame.conditions) {
          this.report("this conditional has no #endif", condition.span, {
            rule: "preprocessor",
            hint: "put an #endif behind what it is about: a file has as many as it has #if, #ifdef and #ifndef",
          });
          this.leavesOut ||= !condition.active;
        }
        frame.conditions.length = 0;
        if (isLast) {
          this.tokens = tokens;
          this.index = index;
          this.kind = TokenKind.end;
          this.flags = LINE_START;
          this.start = frame.base + tokens.starts[index]!;
          this.end = this.start;
          return;
        }
        this.frames.pop();
        continue;
      }
      frame.at = index + 1;
      if (kind === TokenKind.statement && !this.takesStatements) {
        this.enterStatement(frame, index);
        continue;
      }
      this.tokens = tokens;
      this.index = index;
      this.kind = kind;
      this.flags = flags | this.pending;
      this.pending = 0;
      this.start = frame.base + tokens.starts[index]!;
      this.end = frame.base + tokens.ends[index]!;
      return;
    }
  }

  /** Begins the expansion of the current token; false where it stays as it is (no parenthesis follows the name). */
  private expand(macro: Macro): boolean {
    if (this.contexts.length === this.floor && !this.isIsolated) {
      this.siteMacro = macro;
    }
    // What an argument's own macros expand to stands where they are named, not where the call begins.
    if (this.contexts.length === this.floor + (this.isIsolated ? 1 : 0)) {
      this.siteStart = this.start;
      this.siteEnd = this.end;
    }
    const inherited = (this.flags & (SPACE_BEFORE | LINE_START)) | BOUNDARY;
    const { definition } = macro;
    if (definition !== null && macro.parameters === null && this.contexts.length === this.floor) {
      const index = definition.index + 1;
      if (index + 1 === definition.lineEnd && definition.tokens.kinds[index] === TokenKind.number) {
        this.tokens = definition.tokens;
        this.index = index;
        this.kind = TokenKind.number;
        this.flags = inherited;
        this.pending = BOUNDARY;
        this.isReplaced = true;
        return true;
      }
    }
    let run: TokenRun;
    if (macro.builtin !== null) run = this.builtinBody(macro);
    else if (macro.parameters === null) {
      const replacement = replacementOf(macro);
      run = replacement.pasted.includes(true)
        ? substitute(macro, replacement, [], NO_ARGUMENTS, this.countPasted)
        : replacement.body;
    } else {
      const args = this.collectArguments(macro);
      if (args === null) return false;
      run = substitute(macro, replacementOf(macro), args, (index) => this.expandRun(args[index]!), this.countPasted);
    }
    if (!this.countTokens(run.length + 1, this.span)) {
      this.contexts.length = this.floor;
      return true;
    }
    macro.expanding = true;
    this.contexts.push({ run, at: 0, macro });
    this.pending |= inherited;
    return true;
  }

  private builtinBody(macro: Macro): TokenRun {
    const location = this.sources.locate({ start: this.siteStart, end: this.siteEnd });
    let text: string;
    if (macro.builtin === "one") text = "1";
    else if (macro.builtin === "line") text = String(location?.line ?? 1);
    else if (macro.builtin === "counter") text = String(this.counter++);
    else text = JSON.stringify(location?.file ?? "");
    const run = new TokenRun();
    run.push(scanTokens(text, this.cache.symbols), 0, 0, NO_POSITION, NO_POSITION);
    return run;
  }

  /**
   * The arguments of a call of `macro`, whose name is the current token; null, with the current token as it was, where
   * no parenthesis follows.
   */
  private collectArguments(macro: Macro): TokenRun[] | null {
    const { tokens, index, flags, kind, start, end, previousTokens, previousIndex } = this;
    const site = this.siteMacro;
    if (!this.nextIsParenthesis()) {
      Object.assign(this, { tokens, index, flags, kind, start, end, previousTokens, previousIndex });
      this.siteMacro = site;
      return null;
    }
    this.read();
    const count = macro.parameters!.length;
    const args: TokenRun[] = [new TokenRun()];
    let parentheses = 0;
    let surplus = 0;
    let statementEnd: FramesMark | null = null;
    for (;;) {
      this.read();
      const code = this.kind === TokenKind.operator ? this.value : 0;
      if (code === 0x3b && statementEnd === null && this.contexts.length === 0) statementEnd = this.markFrames();
      const isNextStatement = this.hasUnclosedCall && statementEnd !== null && this.isAtLineStart;
      if (this.kind === TokenKind.end || isNextStatement) {
        this.hasUnclosedCall = true;
        this.siteMacro = site;
        this.report(`the call of macro ${macro.name} has no closing parenthesis`, { start, end });
        if (statementEnd !== null) {
          // What follows is not the call's: without its arguments, reading goes on where the statement ends.
          this.returnTo(statementEnd);
          this.badCall = { start, end: statementEnd.position };
          args.length = 0;
        }
        Object.assign(this, { tokens, index, flags, kind, start, end });
        return args.length === count ? args : padArguments(args, count);
      }
      if (code === 0x28) parentheses++;
      else if (code === 0x29) {
        if (parentheses === 0) break;
        parentheses--;
      } else if (code === 0x2c && parentheses === 0 && !(macro.variadic && args.length === count)) {
        // Those of one argument too many are enough to tell by: the rest is only counted.
        if (args.length <= count) args.push(new TokenRun());
        else surplus++;
        continue;
      }
      const spaced = (this.flags & (SPACE_BEFORE | LINE_START)) !== 0 ? SPACE_BEFORE : 0;
      const kept = (this.flags & ~(LINE_START | DIRECTIVE | SPACE_BEFORE)) | spaced;
      args[args.length - 1]!.push(this.tokens, this.index, kept, this.start, this.end);
      if (!this.countTokens(1, { start, end })) return padArguments(args, count);
    }
    const closeEnd = this.end;
    this.siteMacro = site;
    this.pending = 0;
    this.flags = flags;
    this.start = start;
    this.end = end;
    if (count === 0 && args.length === 1 && surplus === 0 && args[0]!.length === 0) return [];
    if (macro.variadic && args.length === count - 1) args.push(new TokenRun());
    if (args.length !== count) {
      this.report(
        `macro ${macro.name} takes ${count} argument${count === 1 ? "" : "s"}, not ${args.length + surplus}`,
        { start, end },
        {
          hint: `call it as ${macro.name}(${macro.parameters!.map((symbol) => this.cache.symbols.texts[symbol]).join(", ")})`,
          related: [{ message: `${macro.name} is defined here`, span: definitionSpan(macro) }],
        },
      );
      this.badCall = { start, end: closeEnd };
      return padArguments(args, count);
    }
    return args;
  }

  /** Where the files stand, the current token about to be read again. */
  private markFrames(): FramesMark {
    const frames = this.frames.map((frame) => ({ frame, at: frame.at, conditions: [...frame.conditions] }));
    frames[frames.length - 1]!.at--;
    return { frames, position: this.start, expandedTokens: this.expandedTokens };
  }

  private returnTo({ frames, expandedTokens }: FramesMark): void {
    this.expandedTokens = expandedTokens;
    this.frames.length = 0;
    for (const { frame, at, conditions } of frames) {
      frame.at = at;
      if (!frame.isStatement) frame.conditions.splice(0, frame.conditions.length, ...conditions);
      this.frames.push(frame);
    }
  }

  /** Whether a `:` comes next with nothing between: the current word is a label. */
  nextIsGluedColon(): boolean {
    for (let depth = this.contexts.length - 1; depth >= this.floor; depth--) {
      const { run, at } = this.contexts[depth]!;
      if (at >= run.length) continue;
      return run.kind(at) === TokenKind.operator && run.value(at) === 0x3a && (run.flags[at]! & SPACE_BEFORE) === 0;
    }
    const frame = this.frames[this.frames.length - 1];
    if (frame === undefined) return false;
    const { kinds, values, flags } = frame.tokens;
    const at = frame.at;
    return kinds[at] === TokenKind.operator && values[at] === 0x3a && (flags[at]! & (SPACE_BEFORE | LINE_START)) === 0;
  }

  /** Whether a `(` comes next; contexts that are at their end are left on the way, as gcc does. */
  private nextIsParenthesis(): boolean {
    while (this.contexts.length > this.floor) {
      const context = this.contexts[this.contexts.length - 1]!;
      if (context.at < context.run.length) {
        return context.run.kind(context.at) === TokenKind.operator && context.run.value(context.at) === 0x28;
      }
      this.contexts.pop();
      if (context.macro !== null) context.macro.expanding = false;
      this.pending |= BOUNDARY;
    }
    if (this.isIsolated) return false;
    const frame = this.frames[this.frames.length - 1];
    if (frame === undefined) return false;
    const tokens = frame.tokens;
    return tokens.kinds[frame.at] === TokenKind.operator && tokens.values[frame.at] === 0x28;
  }

  /** A list of tokens, macro-expanded for itself. */
  private expandRun(run: TokenRun): TokenRun {
    const result = new TokenRun();
    if (!this.mentionsMacro(run)) return run;
    if (this.depth >= LIMITS.expressionDepth) {
      this.stopAtLimit(`macro arguments are nested more than ${LIMITS.expressionDepth} deep`, this.span);
      return result;
    }
    this.isolated(run, () => {
      for (this.next(); this.kind !== TokenKind.end; this.next()) {
        result.push(this.tokens, this.index, this.flags, this.start, this.end);
        if (!this.countTokens(1, this.span)) return;
      }
    });
    return result;
  }

  private mentionsMacro(run: TokenRun): boolean {
    for (let i = 0; i < run.length; i++) {
      if (run.kind(i) === TokenKind.word && this.macroOf(run.value(i)) !== null) return true;
    }
    return false;
  }

  /** Runs `body` with nothing to read but `run`; the current token is kept. */
  private isolated(run: TokenRun, body: () => void): void {
    const { tokens, index, flags, kind, start, end, previousTokens, previousIndex } = this;
    const { floor, isIsolated, pending, siteStart, siteEnd, outerSiteStart, outerSiteEnd } = this;
    this.outerSiteStart = siteStart;
    this.outerSiteEnd = siteEnd;
    this.floor = this.contexts.length;
    this.isIsolated = true;
    this.pending = 0;
    this.depth++;
    this.contexts.push({ run, at: 0, macro: null });
    body();
    while (this.contexts.length > this.floor) {
      const context = this.contexts.pop()!;
      if (context.macro !== null) context.macro.expanding = false;
    }
    this.depth--;
    Object.assign(this, { tokens, index, flags, kind, start, end, previousTokens, previousIndex });
    Object.assign(this, { siteStart, siteEnd, outerSiteStart, outerSiteEnd });
    this.floor = floor;
    this.isIsolated = isIsolated;
    this.pending = pending;
  }

  private obeyDirective(frame: Frame, index: number): void {
    const tokens = frame.tokens;
    this.pending |= LINE_START;
    const known = tokens.macros.get(index + 2);
    if (known !== undefined) {
      frame.at = known.definition!.lineEnd;
      known.base = frame.base;
      this.define(known);
      return;
    }
    let lineEnd = index + 1;
    while ((tokens.flags[lineEnd]! & LINE_START) === 0) lineEnd++;
    frame.at = lineEnd;
    if (lineEnd === index + 1 || tokens.kinds[index + 1] !== TokenKind.word) return;
    const directive = tokens.values[index + 1]!;
    const span = { start: frame.base + tokens.starts[index]!, end: frame.base + tokens.ends[lineEnd - 1]! };
    if (directive === Directive.define) {
      const macro = readDefine(tokens, index + 2, lineEnd, frame.base, this.variableArguments);
      if ("message" in macro) this.report(macro.message, macro.span);
      else this.define(macro);
      return;
    }
    const line = new TokenRun();
    for (let i = index + 2; i < lineEnd; i++) {
      line.push(tokens, i, tokens.flags[i]!, frame.base + tokens.starts[i]!, frame.base + tokens.ends[i]!);
    }
    if (opensConditional(directive) || endsBranch(directive)) {
      this.obeyConditional(frame, DIRECTIVE_NAMES[directive]!, line, span, frame.conditions.at(-1));
    } else if (directive === Directive.undef) {
      if (line.length > 0 && line.kind(0) === TokenKind.word) this.undefine(line.value(0));
      else this.report("#undef takes the name of a macro", span);
    } else if (directive >= Directive.include && directive <= Directive.import) {
      this.include(frame, line, span);
    } else if (directive === Directive.error) {
      const text = `#error ${lineText(tokens, index + 1, lineEnd)}`.trimEnd();
      this.report(text, span, { rule: "error-directive" });
    }
    // #line was read with the file; #warning, #pragma, #ident and #assert say nothing about the tree.
  }

  private define(macro: Macro): void {
    const { macros } = this;
    while (macros.length <= macro.symbol) macros.push(null);
    macros[macro.symbol] = macro;
    macro.parse = this.parse;
    macro.expanding = false;
    this.cache.macroGeneration++;
    if (macro.isSmall) this.cache.hasSmallMacros = true;
  }

  private undefine(symbol: number): void {
    if (symbol < this.macros.length) this.macros[symbol] = null;
    this.cache.macroGeneration++;
  }

  private obeyConditional(frame: Frame, name: string, line: TokenRun, span: Span, open: Condition | undefined): void {
    const names = name.endsWith("def");
    const hasName = line.length > 0 && line.kind(0) === TokenKind.word;
    if (names && !hasName) this.report(`#${name} takes the name of a macro`, span);
    const holds = (): boolean => {
      if (!names) return this.evaluate(line, span);
      const isDefined = hasName && this.isDefined(line.value(0));
      return name.includes("n") && name !== "elifdef" ? !isDefined : isDefined;
    };
    if (name === "if" || name === "ifdef" || name === "ifndef") {
      const active = holds();
      frame.conditions.push({ active, taken: active, seenElse: false, span });
      if (!active) this.skip(frame);
      return;
    }
    if (open === undefined) {
      this.leavesOut = true;
      this.report(`#${name} without #if`, span, { hint: "take it out, or put back the #if that it belongs to" });
      return;
    }
    if (name === "endif") {
      frame.conditions.pop();
      return;
    }
    if (open.seenElse) {
      this.leavesOut = true;
      this.report(`#${name} after #else`, span, {
        related: [{ message: "the conditional begins here", span: open.span }],
      });
    }
    open.seenElse ||= name === "else";
    open.active = !open.taken && (name === "else" || holds());
    open.taken ||= open.active;
    if (!open.active) this.skip(frame);
  }

  /** Goes on to the directive that ends the branch, looking at conditionals alone. */
  private skip(frame: Frame): void {
    const { directives, kinds, values, count } = frame.tokens;
    let low = 0;
    let high = directives.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (directives[middle]! < frame.at) low = middle + 1;
      else high = middle;
    }
    let nested = 0;
    for (; low < directives.length; low++) {
      const index = directives[low]!;
      if (kinds[index + 1] !== TokenKind.word) continue;
      const directive = values[index + 1]!;
      if (opensConditional(directive)) nested++;
      else if (endsBranch(directive)) {
        if (nested === 0) {
          frame.at = index;
          return;
        }
        if (directive === Directive.endif) nested--;
      }
    }
    frame.at = count - 1;
  }

  private evaluate(line: TokenRun, span: Span): boolean {
    let result = false;
    this.isolated(line, () => {
      const macro = this.siteMacro;
      this.siteMacro = null;
      const answer = readCondition({
        next: () => {
          this.next();
          return this.kind === TokenKind.end ? null : { kind: this.kind, text: this.text };
        },
        nextUnexpanded: () => {
          this.read();
          return this.kind === TokenKind.end ? null : { kind: this.kind, text: this.text };
        },
        isDefined: (name) => this.isDefined(this.cache.symbols.of(name)),
        hasInclude: (name, isQuoted) => this.cache.find(name, this.searchFolders(isQuoted)).kind === "loaded",
      });
      if (answer.error === null) result = answer.holds;
      else {
        this.leavesOut = true;
        this.report(answer.error, span, { rule: answer.rule });
      }
      this.siteMacro = macro;
    });
    return result;
  }

  private searchFolders(isQuoted: boolean): readonly string[] {
    return isQuoted ? this.folders : this.includeFolders;
  }

  private include(frame: Frame, line: TokenRun, span: Span): void {
    const tokens = frame.tokens;
    let name: string | null = null;
    let isQuoted = true;
    const first = line.length > 0 ? line.spelling(0) : "";
    if (line.length > 0 && line.kind(0) === TokenKind.word) {
      this.siteStart = span.start;
      this.siteEnd = span.end;
      const text = this.expandRun(line).text().trim();
      const match = /^"([^"]*)"|^<(.*)>$/.exec(text);
      name = match === null ? null : (match[1] ?? match[2]!.replaceAll(" ", ""));
      isQuoted = match?.[1] !== undefined;
    } else if (first.startsWith('"') && (line.flags[0]! & UNTERMINATED) === 0) {
      name = unescapeString(first.slice(1, -1)).text;
    } else if (first.startsWith("<")) {
      const from = tokens.starts[line.indices[0]!]! + 1;
      const rest = tokens.text.slice(from, span.end - frame.base);
      const close = rest.indexOf(">");
      if (close > 0) name = rest.slice(0, close);
      isQuoted = false;
    }
    if (name === null || name === "") {
      this.report('#include takes "file" or <file>', span, { rule: "include" });
      return;
    }
    const found = this.cache.find(name, this.searchFolders(isQuoted));
    if (found.kind === "loaded") this.enterFile(found.source, span, false);
    else this.reportUnfound(`#include ${isQuoted ? `"${name}"` : `<${name}>`}`, span, found);
  }

  private reportUnfound(what: string, span: Span, found: Unfound): void {
    if (found.kind === "tooMuch") {
      this.stopAtLimit(`the files that this input reads have more than ${LIMITS.sourceCharacters} characters`, span);
      return;
    }
    if (found.kind === "refused") {
      this.report(`${what}: ${found.path}: ${found.reason}`, span, { rule: "include" });
      return;
    }
    const where = found.tried.length === 0 ? "no include folder is given" : `tried ${found.tried.join(", ")}`;
    this.report(`${what}: no such file; ${where}`, span, {
      rule: "include",
      hint: "look at its spelling, or name the folder that holds it with -I (for kernel trees: scripts/dtc/include-prefixes)",
    });
  }
}

/** Symbols that {@link Preprocessor.definedNames} looks at, all calls together. */
const MOST_NAMES_LISTED = 1_000_000;

/** Characters of a line that a hint quotes at most. */
const LONGEST_REST = 80;

const NO_CONDITIONS: Condition[] = [];

function NO_ARGUMENTS(): TokenRun {
  return new TokenRun();
}

function padArguments(args: TokenRun[], count: number): TokenRun[] {
  const padded = args.slice(0, count);
  while (padded.length < count) padded.push(new TokenRun());
  return padded;
}

function lineText(tokens: Tokens, index: number, lineEnd: number): string {
  return tokens.text.slice(tokens.ends[index]!, tokens.ends[lineEnd - 1]!).trim();
}
