/**
 * The tokens of the input and of the files that it includes, and those that macros' expansions put in their place, as
 * they stand: directives are obeyed on the way, macros not expanded. {@link Preprocessor} expands them.
 *
 * Files are a stack of frames, expansions a stack of contexts above it.
 */
import type { Condition } from "./conditionals.ts";
import type { Diagnostic, RelatedPlace } from "./diagnostic.ts";
import { EnteredFiles, tokenStartingAt } from "./entered-files.ts";
import { LIMITS } from "./limits.ts";
import type { LoadedSource, SourceCache } from "./load-source.ts";
import { type Macro, type TokenRun, wouldPaste } from "./macro.ts";
import { MacroTable } from "./macro-table.ts";
import { MistakeLog, type MistakeOptions, type ReadingPoint } from "./mistake-log.ts";
import type { Position, SourceMap, Span } from "./source.ts";
import { SourceBudget } from "./source-budget.ts";
import { BOUNDARY, DIRECTIVE, LINE_START, SPACE_BEFORE, TokenKind, type Tokens } from "./tokens.ts";

/** A file that is being read, or one statement of it. */
export interface Frame {
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

/** A place to return to. */
export interface FramesMark {
  readonly frames: { readonly frame: Frame; at: number; readonly conditions: readonly Condition[] }[];
  readonly position: Position;
  readonly expandedTokens: number;
}

/** A macro's expansion, or an argument, that is being read. */
interface Context {
  readonly run: TokenRun;
  at: number;
  readonly macro: Macro | null;
}

/** Statements that are read token by token, each on its own: the board of Linux 6.1 with the most of them has 130. */
const MOST_ENTRIES = 2000;

export abstract class TokenStream implements ReadingPoint {
  // The current token.
  tokens: Tokens;
  index = 0;
  flags = 0;
  kind: number = TokenKind.end;
  start: Position = 0;
  end: Position = 0;

  /** True once {@link stop} was called: what follows is not the input's fault. */
  isStopped = false;
  /** True once a mistake in a conditional, or a comment without its end, may have left out what was meant to be read. */
  leavesOut = false;
  /** True once a file ended in a comment without its end. */
  isCutShort = false;
  /** Set by whoever can read a whole statement, for one call of {@link next}: others get its tokens. */
  takesStatements = false;
  /** Set by whoever can read a number that a macro's call comes to, likewise: others get what it expands to. */
  takesComputed = false;
  /** What the current token comes to, where it is {@link TokenKind.computed}. */
  computed = 0;
  readonly files = new EnteredFiles();
  /** Where the outermost macro that is being expanded is used. */
  siteStart: Position = 0;
  siteEnd: Position = 0;
  siteMacro: Macro | null = null;

  protected readonly cache: SourceCache;
  protected readonly sources: SourceMap;
  protected readonly includeFolders: readonly string[];
  protected readonly macros: MacroTable;
  protected readonly mistakes: MistakeLog;
  protected readonly budget = new SourceBudget();
  protected readonly frames: Frame[] = [];
  protected readonly contexts: Context[] = [];
  /** Contexts that must be left alone while an argument or a directive's line is expanded for itself. */
  protected floor = 0;
  protected isIsolated = false;
  protected pending = 0;
  /** The token that was current before this one: what the output shows before it. */
  protected previousTokens: Tokens;
  protected previousIndex = 0;
  /** While an argument is expanded for itself: the site of the call that it belongs to. */
  protected outerSiteStart: Position = 0;
  protected outerSiteEnd: Position = 0;
  /** Statements whose tokens were read in their place. */
  private entries = 0;

  constructor(
    input: LoadedSource,
    cache: SourceCache,
    sources: SourceMap,
    includeFolders: readonly string[],
    report: (diagnostic: Diagnostic) => void,
  ) {
    this.cache = cache;
    this.sources = sources;
    this.includeFolders = includeFolders;
    this.macros = new MacroTable(cache, this.files);
    this.mistakes = new MistakeLog(this.files, this.macros, report);
    this.tokens = input.tokens;
    this.previousTokens = input.tokens;
  }

  /** Goes on to the next token, macros expanded. */
  abstract next(): void;

  /** Does what the directive that begins at `index` says, and goes past its line. */
  protected abstract obeyDirective(frame: Frame, index: number): void;

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

  get liveMacros(): readonly Macro[] {
    return this.contexts.flatMap(({ macro }) => (macro === null ? [] : [macro]));
  }

  /** Reads nothing more: every token from here on is the end. */
  stop(): void {
    this.isStopped = true;
  }

  report(message: string, span: Span, options: MistakeOptions = {}): void {
    if (!this.isStopped) this.mistakes.report(message, span, this, options);
  }

  /** Whether a mistake found here is only the consequence of one that was reported. */
  isEcho(position: Position): boolean {
    return this.mistakes.isEcho(position);
  }

  /** See {@link MistakeLog.withExpansions}. */
  withExpansions(message: string, span: Span, places: readonly RelatedPlace[]): readonly RelatedPlace[] | null {
    return this.mistakes.withExpansions(message, span, places, this);
  }

  protected stopAtLimit(message: string, span: Span): void {
    this.report(message, span, { rule: "limit" });
    this.stop();
  }

  /** Stops where the budget says that there is too much; false once reading has stopped. */
  protected allows(excess: string | null, span: Span): boolean {
    if (excess !== null && !this.isStopped) this.stopAtLimit(excess, span);
    return !this.isStopped;
  }

  protected enterFile(source: LoadedSource, span: Span, isRaw: boolean): void {
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
    this.files.add(source, base);
    if (!this.allows(this.budget.addFile(source), span.start < 0 ? { start: base, end: base } : span)) return;
    for (const error of source.tokens.errors) {
      this.report(error.message, { start: base + error.start, end: base + error.end }, { rule: "syntax" });
      this.isCutShort = true;
      this.leavesOut = true;
    }
    this.frames.push({ source, tokens: source.tokens, base, at: 0, conditions: [], isRaw, isStatement: false });
  }

  /** Has the tokens of a statement or line read in its place, and where that was done very often, those of all that follow. */
  private enterStatement(frame: Frame, index: number): void {
    const { source, base, isRaw } = frame;
    if (++this.entries > MOST_ENTRIES) {
      const tokens = frame.tokens.plain;
      const start = frame.tokens.starts[index]!;
      // Another frame in its place, as somebody may have marked it to come back to it.
      this.frames[this.frames.length - 1] = { ...frame, tokens, at: tokenStartingAt(tokens, start) };
      const excess = this.budget.exchange(tokens, frame.tokens);
      this.allows(excess, { start: base + start, end: base + frame.tokens.ends[index]! });
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

  /** The next token as it stands, directives obeyed, macros not expanded. */
  protected read(): void {
    while (this.contexts.length > this.floor) {
      const context = this.contexts[this.contexts.length - 1]!;
      if (context.at < context.run.length) {
        const run = context.run;
        const at = context.at++;
        this.tokens = run.tokens(at);
        this.index = run.index(at);
        this.flags = run.flags(at) | this.pending;
        this.pending = 0;
        this.kind = this.tokens.kinds[this.index]!;
        const start = run.start(at);
        if (start >= 0) {
          this.start = start;
          this.end = run.end(at);
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
        if (tokens.kinds[index] === TokenKind.define) {
          if (!frame.isRaw) this.defineLines(frame);
          else {
            frame.at++;
            this.enterStatement(frame, index);
          }
          continue;
        }
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
      if (kind === TokenKind.statement && !this.takesStatements) {
        frame.at = index + 1;
        this.enterStatement(frame, index);
        continue;
      }
      this.take(frame);
      return;
    }
  }

  /** Makes the next token of a file the current one, as it stands. */
  protected take(frame: Frame): void {
    const { tokens, at, base } = frame;
    frame.at = at + 1;
    this.tokens = tokens;
    this.index = at;
    this.kind = tokens.kinds[at]!;
    this.flags = tokens.flags[at]! | this.pending;
    this.pending = 0;
    this.start = base + tokens.starts[at]!;
    this.end = base + tokens.ends[at]!;
  }

  /** Defines what whole lines say, and goes past them. */
  private defineLines(frame: Frame): void {
    const { macros } = this;
    const { base } = frame;
    const { kinds, values, starts } = frame.tokens;
    let at = frame.at;
    do {
      macros.defineLine(values[at]!, base + starts[at]!);
      at++;
    } while (kinds[at] === TokenKind.define);
    frame.at = at;
    this.pending |= LINE_START;
  }

  /** Whether a `:` comes next with nothing between: the current word is a label. */
  nextIsGluedColon(): boolean {
    for (let depth = this.contexts.length - 1; depth >= this.floor; depth--) {
      const { run, at } = this.contexts[depth]!;
      if (at >= run.length) continue;
      return run.kind(at) === TokenKind.operator && run.value(at) === 0x3a && (run.flags(at) & SPACE_BEFORE) === 0;
    }
    const frame = this.frames[this.frames.length - 1];
    if (frame === undefined) return false;
    const { kinds, values, flags } = frame.tokens;
    const at = frame.at;
    return kinds[at] === TokenKind.operator && values[at] === 0x3a && (flags[at]! & (SPACE_BEFORE | LINE_START)) === 0;
  }

  /** Whether a `(` comes next; contexts that are at their end are left on the way, as gcc does. */
  protected nextIsParenthesis(): boolean {
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

  /** Where the files stand, the current token about to be read again. */
  protected markFrames(): FramesMark {
    const frames = this.frames.map((frame) => ({ frame, at: frame.at, conditions: [...frame.conditions] }));
    frames[frames.length - 1]!.at--;
    return { frames, position: this.start, expandedTokens: this.budget.expandedTokens };
  }

  protected returnTo({ frames, expandedTokens }: FramesMark): void {
    this.budget.expandedTokens = expandedTokens;
    this.frames.length = 0;
    for (const { frame, at, conditions } of frames) {
      frame.at = at;
      if (!frame.isStatement) frame.conditions.splice(0, frame.conditions.length, ...conditions);
      this.frames.push(frame);
    }
  }
}

const NO_CONDITIONS: Condition[] = [];
