/**
 * The tokens of a {@link TokenStream} with macros expanded.
 *
 * A macro's expansion is read as a context on a stack; while it is there, the macro's own name is left alone, for good
 * (gcc's rule, which is the standard's).
 */
import { overflows, type U64 } from "./arithmetic.ts";
import type { TokenPlace } from "./entered-files.ts";
import { guessStatement, type StatementGuess } from "./guess-statement.ts";
import { LIMITS } from "./limits.ts";
import { definitionSpan, type Macro, substitute, symbolStoodFor, TokenRun } from "./macro.ts";
import { type BodyExpression, readBody, valueOfBody } from "./macro-value.ts";
import { replacementOf } from "./preprocessor-define.ts";
import { scanTokens } from "./scan-tokens.ts";
import { NO_POSITION, type Position } from "./source.ts";
import { type FramesMark, TokenStream } from "./token-stream.ts";
import {
  BOUNDARY,
  Character,
  DIRECTIVE,
  LINE_START,
  NO_EXPAND,
  SPACE_BEFORE,
  TokenKind,
  type Tokens,
} from "./tokens.ts";

/** The current token and the one before it, to be put back: fields of {@link TokenStream}. */
interface Current {
  readonly tokens: Tokens;
  readonly index: number;
  readonly flags: number;
  readonly kind: number;
  readonly start: Position;
  readonly end: Position;
  readonly previousTokens: Tokens;
  readonly previousIndex: number;
}

export abstract class MacroExpander extends TokenStream {
  /** Code of the current token if it is an operator, else 0. */
  operator = 0;
  /** End of the name that {@link takeName} took last. */
  nameEnd: Position = 0;
  private counter = 0;
  private depth = 0;
  /** Set once a call took all that follows for its arguments: from then on, a statement that is over ends a call too. */
  private hasUnclosedCall = false;
  /** Set where {@link expand} put a single number straight in place of the current token. */
  private isReplaced = false;

  /** The macro whose expansion the current token came from, the outermost of several. */
  get origin(): Macro | null {
    return this.siteMacro;
  }

  isDefined(symbol: number): boolean {
    return this.macros.isDefined(symbol);
  }

  /** See {@link MacroTable.names}. */
  definedNames(): Map<string, true> {
    return this.macros.names();
  }

  /** Whether no word of a name is a macro. */
  isPlainName(symbol: number): boolean {
    return this.cache.isPlainName(symbol, this.macros.isMacro);
  }

  /** The symbol of the number that a word stands for as a macro; the word itself where it is none, -1 for any other. */
  numberOf(symbol: number): number {
    const number = this.macros.numberOf(symbol);
    return number !== symbol && this.isRaw ? -1 : number;
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
        const isPlain = kind !== TokenKind.word || !this.macros.isDefined(value) || frame.isRaw;
        if (isPlain && (kind !== TokenKind.statement || this.takesStatements)) {
          this.take(frame);
          this.operator = kind === TokenKind.operator ? value : 0;
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
      const macro = this.macros.get(this.tokens.values[this.index]!);
      if (macro === null || (this.flags & NO_EXPAND) !== 0 || this.isRaw) return;
      if (macro.expanding) {
        this.flags |= NO_EXPAND;
        return;
      }
      this.takesStatements = false;
      if (this.takesComputed && this.compute(macro)) return;
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

  private hasMacro(from: number, to: number): boolean {
    const { kinds, values } = this.tokens;
    for (let i = from; i < to; i++) {
      if (kinds[i] === TokenKind.word && this.macros.isDefined(values[i]!) && !this.isRaw) return true;
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

  /** The current token in its file; null where it comes from a macro. */
  placeInFile(): TokenPlace | null {
    if (this.contexts.length > 0 || this.siteMacro !== null) return null;
    return this.files.tokenAt(this.start);
  }

  /** What the current token seems to begin; null where it looks like no statement, or comes from a macro. */
  guess(): StatementGuess | null {
    // Asked at each line of a value that goes over several, mistake or not: no second scan of the file for that.
    if (this.contexts.length > 0 || this.siteMacro !== null) return null;
    return guessStatement(this.tokens, this.index);
  }

  /**
   * Makes of `macro`, whose name is the current token, the cell that it comes to, and passes what belongs to the call.
   * False, and nothing done, where it is not of the forms of macro-value.ts.
   */
  private compute(macro: Macro): boolean {
    const { parameters } = macro;
    const expression = this.isIsolated ? null : expressionOf(macro);
    if (expression === null) return false;
    const args: number[] = [];
    const place = this.contexts[this.contexts.length - 1] ?? this.frames[this.frames.length - 1]!;
    let { at } = place;
    if (parameters !== null) {
      if (!this.isOperatorAhead(at, Character.openParenthesis)) return false;
      do {
        const value = this.numberAhead(++at);
        if (value === null) return false;
        args.push(value);
      } while (this.isOperatorAhead(++at, Character.comma));
      if (args.length !== parameters.length || !this.isOperatorAhead(at, Character.closeParenthesis)) return false;
      at++;
    }
    const cell = this.cellOfBody(expression, args);
    if (cell < 0) return false;
    place.at = at;
    this.kind = TokenKind.computed;
    this.computed = cell;
    if (this.contexts.length > 0) {
      this.start = this.siteStart;
      this.end = this.siteEnd;
    }
    this.pending = BOUNDARY;
    return true;
  }

  /** What kind token `at` of the file or expansion is that the current token comes from; the end where it is left alone. */
  private kindAhead(at: number): number {
    const context = this.contexts[this.contexts.length - 1];
    if (context === undefined) return this.frames[this.frames.length - 1]!.tokens.kinds[at]!;
    const { run } = context;
    return at < run.length && (run.flags(at) & NO_EXPAND) === 0 ? run.kind(at) : TokenKind.end;
  }

  private valueAhead(at: number): number {
    const context = this.contexts[this.contexts.length - 1];
    return context === undefined ? this.frames[this.frames.length - 1]!.tokens.values[at]! : context.run.value(at);
  }

  private isOperatorAhead(at: number, character: number): boolean {
    return this.kindAhead(at) === TokenKind.operator && this.valueAhead(at) === character;
  }

  private numberAhead(at: number): number | null {
    const kind = this.kindAhead(at);
    return kind === TokenKind.number || kind === TokenKind.word ? this.numberFor(this.valueAhead(at)) : null;
  }

  /** The cell of 32 bits that a word comes to as a number, or as a macro without parameters; -1 where it does not. */
  cellOf(symbol: number): number {
    const number = this.numberOf(symbol);
    if (number >= 0) return asCell(this.cache.symbols.integer(number));
    const macro = this.isRaw ? null : this.macros.get(symbol);
    const expression = macro === null || macro.parameters !== null ? null : expressionOf(macro);
    return expression === null ? -1 : this.cellOfBody(expression, []);
  }

  private cellOfBody(expression: BodyExpression, args: readonly number[]): number {
    const cell = asCell(valueOfBody(expression, args, this.numberFor));
    return this.allowsTokens(expression.length, this.start, this.end) ? cell : -1;
  }

  /** The value of a number, or of a word that stands for one as a macro; null for any other word. */
  private readonly numberFor = (symbol: number): number | null => {
    const { macros } = this;
    let word = symbol;
    let number = macros.numberOf(word);
    for (let depth = 0; number < 0 && depth < MOST_ALIASES; depth++) {
      word = macros.wordOf(word);
      if (word < 0) return null;
      number = macros.numberOf(word);
    }
    const value = number < 0 ? null : this.cache.symbols.integer(number);
    return typeof value === "number" ? value : null;
  };

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
    if (this.contexts.length === this.floor && symbolStoodFor(macro, TokenKind.number) >= 0) {
      const { tokens, index } = macro.definition!;
      this.tokens = tokens;
      this.index = index + 1;
      this.kind = TokenKind.number;
      this.flags = inherited;
      this.pending = BOUNDARY;
      this.isReplaced = true;
      return true;
    }
    let run: TokenRun;
    if (macro.builtin !== null) run = this.builtinBody(macro);
    else if (macro.parameters === null) {
      const replacement = replacementOf(macro);
      run = replacement.pasted.includes(true)
        ? substitute(macro, replacement, [], NO_ARGUMENTS, this.allowsPasted)
        : replacement.body;
    } else {
      const args = this.collectArguments(macro);
      if (args === null) return false;
      run = substitute(macro, replacementOf(macro), args, (index) => this.expandRun(args[index]!), this.allowsPasted);
    }
    if (!this.allowsTokens(run.length + 1, this.start, this.end)) {
      this.contexts.length = this.floor;
      return true;
    }
    macro.expanding = true;
    this.contexts.push({ run, at: 0, macro });
    this.pending |= inherited;
    return true;
  }

  /** Counts tokens that expansion makes; false, with an error, and nothing more is read, where they are too many. */
  private allowsTokens(count: number, start: Position, end: Position): boolean {
    const excess = this.budget.addExpanded(count);
    return excess === null ? !this.isStopped : this.allows(excess, { start, end });
  }

  /** Counts characters that `#` and `##` are about to make, as {@link allowsTokens} counts tokens. */
  private readonly allowsPasted = (count: number): boolean => this.allows(this.budget.addPasted(count), this.span);

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
    const current = this.keepCurrent();
    const { flags, start, end } = current;
    const site = this.siteMacro;
    if (!this.nextIsParenthesis()) {
      this.putBack(current);
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
          this.mistakes.badCall = { start, end: statementEnd.position };
          args.length = 0;
        }
        const { previousTokens, previousIndex } = this;
        this.putBack({ ...current, previousTokens, previousIndex });
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
      if (!this.allowsTokens(1, start, end)) return padArguments(args, count);
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
      this.mistakes.badCall = { start, end: closeEnd };
      return padArguments(args, count);
    }
    return args;
  }

  private keepCurrent(): Current {
    const { tokens, index, flags, kind, start, end, previousTokens, previousIndex } = this;
    return { tokens, index, flags, kind, start, end, previousTokens, previousIndex };
  }

  private putBack(current: Current): void {
    this.tokens = current.tokens;
    this.index = current.index;
    this.flags = current.flags;
    this.kind = current.kind;
    this.start = current.start;
    this.end = current.end;
    this.previousTokens = current.previousTokens;
    this.previousIndex = current.previousIndex;
  }

  /** A list of tokens, macro-expanded for itself. */
  protected expandRun(run: TokenRun): TokenRun {
    const result = new TokenRun();
    if (!this.mentionsMacro(run)) return run;
    if (this.depth >= LIMITS.expressionDepth) {
      this.stopAtLimit(`macro arguments are nested more than ${LIMITS.expressionDepth} deep`, this.span);
      return result;
    }
    this.isolated(run, () => {
      for (this.next(); this.kind !== TokenKind.end; this.next()) {
        result.push(this.tokens, this.index, this.flags, this.start, this.end);
        if (!this.allowsTokens(1, this.start, this.end)) return;
      }
    });
    return result;
  }

  private mentionsMacro(run: TokenRun): boolean {
    for (let i = 0; i < run.length; i++) {
      if (run.kind(i) === TokenKind.word && this.macros.isDefined(run.value(i))) return true;
    }
    return false;
  }

  /** Runs `body` with nothing to read but `run`; the current token is kept. */
  protected isolated(run: TokenRun, body: () => void): void {
    const current = this.keepCurrent();
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
    this.putBack(current);
    this.siteStart = siteStart;
    this.siteEnd = siteEnd;
    this.outerSiteStart = outerSiteStart;
    this.outerSiteEnd = outerSiteEnd;
    this.floor = floor;
    this.isIsolated = isIsolated;
    this.pending = pending;
  }
}

/** Macros that stand for one another, `KEY_ZOOM` for `KEY_FULL_SCREEN` and so on, which are followed up to a number. */
const MOST_ALIASES = 8;

/** The body of a macro as an expression; null where it is none, or a single number, which {@link expand} puts in its place. */
function expressionOf(macro: Macro): BodyExpression | null {
  const { definition, expression } = macro;
  if (expression !== undefined) return expression;
  const isRead = definition !== null && !macro.variadic && definition.index + 2 < definition.lineEnd;
  macro.expression = isRead ? readBody(replacementOf(macro)) : null;
  return macro.expression;
}

/** A value as a cell of 32 bits; -1 where it is none, or does not fit. */
function asCell(value: U64 | null): number {
  if (typeof value === "number" && value <= 0xffffffff) return value;
  return value === null || overflows(value, 32) ? -1 : Number(BigInt.asUintN(32, BigInt(value)));
}

function NO_ARGUMENTS(): TokenRun {
  return new TokenRun();
}

function padArguments(args: TokenRun[], count: number): TokenRun[] {
  const padded = args.slice(0, count);
  while (padded.length < count) padded.push(new TokenRun());
  return padded;
}
