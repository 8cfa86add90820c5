/**
 * The C preprocessor, as `cpp -x assembler-with-cpp -undef -nostdinc -D__DTS__` is for kernel trees, giving tokens
 * rather than text.
 *
 * {@link TokenStream} reads files and expansions, {@link MacroExpander} expands macros; what is here obeys directives.
 * Where two tokens come out side by side without a space decides whether dtc would read them as one name:
 * {@link TokenStream.isGlued} answers as gcc's output would show it.
 */
import { endOfBranch, stepConditionals } from "./conditionals.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { DIRECTIVE_NAMES, Directive, endsBranch, opensConditional } from "./directives.ts";
import { LIMITS } from "./limits.ts";
import type { LoadedSource, SourceCache, Unfound } from "./load-source.ts";
import { TokenRun } from "./macro.ts";
import { MacroExpander } from "./macro-expander.ts";
import { readCondition } from "./preprocessor-condition.ts";
import { readDefine } from "./preprocessor-define.ts";
import { NO_SPAN, type SourceMap, type Span } from "./source.ts";
import { unescapeString } from "./strings.ts";
import type { Frame } from "./token-stream.ts";
import { LINE_START, TokenKind, type Tokens, UNTERMINATED } from "./tokens.ts";

export class Preprocessor extends MacroExpander {
  private readonly variableArguments: number;

  constructor(
    input: LoadedSource,
    cache: SourceCache,
    sources: SourceMap,
    includeFolders: readonly string[],
    report: (diagnostic: Diagnostic) => void,
  ) {
    super(input, cache, sources, includeFolders, report);
    this.variableArguments = cache.symbols.of("__VA_ARGS__");
    this.enterFile(input, NO_SPAN, false);
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

  protected obeyDirective(frame: Frame, index: number): void {
    const tokens = frame.tokens;
    this.pending |= LINE_START;
    const known = tokens.macros?.get(index + 2);
    if (known !== undefined) {
      frame.at = known.definition!.lineEnd;
      known.base = frame.base;
      this.macros.define(known);
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
      if ("message" in macro) {
        this.report(macro.message, macro.span);
        return;
      }
      this.macros.define(macro);
      // Not in the first parse, which may be the only one.
      if (this.cache.parses > 1) (tokens.macros ??= new Map()).set(index + 2, macro);
      return;
    }
    const line = new TokenRun();
    for (let i = index + 2; i < lineEnd; i++) {
      line.push(tokens, i, tokens.flags[i]!, frame.base + tokens.starts[i]!, frame.base + tokens.ends[i]!);
    }
    if (opensConditional(directive) || endsBranch(directive)) {
      this.obeyConditional(frame, directive, line, span);
    } else if (directive === Directive.undef) {
      if (line.length > 0 && line.kind(0) === TokenKind.word) this.macros.undefine(line.value(0));
      else this.report("#undef takes the name of a macro", span);
    } else if (directive >= Directive.include && directive <= Directive.import) {
      this.include(frame, line, span);
    } else if (directive === Directive.error) {
      const text = `#error ${lineText(tokens, index + 1, lineEnd)}`.trimEnd();
      this.report(text, span, { rule: "error-directive" });
    }
    // #line was read with the file; #warning, #pragma, #ident and #assert say nothing about the tree.
  }

  private obeyConditional(frame: Frame, directive: number, line: TokenRun, span: Span): void {
    const name = DIRECTIVE_NAMES[directive]!;
    const asksForName = name.endsWith("def");
    const hasName = line.length > 0 && line.kind(0) === TokenKind.word;
    if (asksForName && !hasName) this.report(`#${name} takes the name of a macro`, span);
    const open = frame.conditions.at(-1);
    const { skips, mistake } = stepConditionals(frame.conditions, directive, span, () => {
      if (!asksForName) return this.evaluate(line, span);
      const isDefined = hasName && this.isDefined(line.value(0));
      return directive === Directive.ifndef || directive === Directive.elifndef ? !isDefined : isDefined;
    });
    this.leavesOut ||= mistake !== null;
    if (mistake === "no-if") {
      this.report(`#${name} without #if`, span, { hint: "take it out, or put back the #if that it belongs to" });
    } else if (mistake === "after-else") {
      this.report(`#${name} after #else`, span, {
        related: [{ message: "the conditional begins here", span: open!.span }],
      });
    }
    if (skips) frame.at = endOfBranch(frame.tokens, frame.at);
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
    } else if (first.startsWith('"') && (line.flags(0) & UNTERMINATED) === 0) {
      name = unescapeString(first.slice(1, -1)).text;
    } else if (first.startsWith("<")) {
      const from = tokens.starts[line.index(0)]! + 1;
      const rest = tokens.text.slice(from, span.end - frame.base);
      const close = rest.indexOf(">");
      if (close > 0) name = rest.slice(0, close);
      isQuoted = false;
    }
    if (name === null || name === "") {
      this.leavesOut = true;
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
    this.leavesOut = true;
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

function lineText(tokens: Tokens, index: number, lineEnd: number): string {
  return tokens.text.slice(tokens.ends[index]!, tokens.ends[lineEnd - 1]!).trim();
}
