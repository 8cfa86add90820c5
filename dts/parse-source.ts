/**
 * Device tree source into a tree: dtc's grammar over the preprocessor's tokens.
 *
 *   source     ( /dts-v1/ ; ( /plugin/ ; )? )+ ( label* /memreserve/ integer integer ; )* statement*
 *   statement  / node | label* reference node | /delete-node/ reference ; | /omit-if-no-ref/ reference ;
 *   node       { ( property* child* ) } ;
 *   property   label* ( name = value ; | name ; | /delete-property/ name ; )
 *   child      ( label | /omit-if-no-ref/ )* name node | /delete-node/ name ;
 *   value      item ( , item )*          labels may stand before and after each item
 *   item       string | ( /bits/ n )? < cell* > | [ byte* ] | reference | /incbin/ ( string ( , integer , integer )? )
 *   cell       integer | reference | label
 *   integer    number | character | ( expression )
 *
 * After a mistake, parsing goes on at the next place where a statement can begin.
 */
import type { Diagnostic, RelatedPlace } from "./diagnostic.ts";
import type { FileReader, ParseResult } from "./input.ts";
import { Layout } from "./layout.ts";
import { LIMITS } from "./limits.ts";
import { type LoadedSource, SourceCache } from "./load-source.ts";
import { deleteNode, LabelLists, NodeIndex, sweepDeleted } from "./merge-nodes.ts";
import { NearestNames } from "./nearest.ts";
import { ValueParser } from "./parse-value.ts";
import { Preprocessor } from "./preprocessor.ts";
import { resolveTree } from "./resolve-tree.ts";
import { shorten } from "./shorten.ts";
import { NO_POSITION, type Position, SourceMap, type Span } from "./source.ts";
import { StatementForm } from "./statements.ts";
import { TokenReader } from "./token-reader.ts";
import { Character, Keyword, SPACE_BEFORE, TokenKind } from "./tokens.ts";
import { DeviceTree, type Label, MarkKind, Property, stringsToBytes, TreeNode } from "./tree.ts";

export interface ParseOptions {
  readonly files: FileReader;
  /** Folders to look for includes in, after the including file's own; in the order of `-I`. */
  readonly includeDirs: readonly string[];
  /** Shares what was read with other parses that use the same reader. */
  readonly cache?: SourceCache;
  /** True where `addSymbols` is to follow: labelled nodes stay, `/omit-if-no-ref/` or not. */
  readonly keepsLabelled?: boolean;
  /** Takes the places of this source too: an overlay's beside its base's, so that one map knows both. */
  readonly sources?: SourceMap;
}

/** Parses device tree source, preprocessor directives included. `text` holds one character a byte (latin1). */
export function parseSource(path: string, text: string, options: ParseOptions): ParseResult {
  const cache = options.cache ?? new SourceCache(options.files);
  const folders = options.includeDirs.map((folder) => (folder === "" || folder.endsWith("/") ? folder : `${folder}/`));
  const parser = new SourceParser(cache.fromText(path, text), cache, folders, options.sources ?? new SourceMap());
  parser.keepsLabelled = options.keepsLabelled ?? false;
  return parser.parse();
}

class SourceParser {
  /** See {@link ParseOptions.keepsLabelled}. */
  keepsLabelled = false;
  private readonly diagnostics: Diagnostic[] = [];
  private readonly sources: SourceMap;
  private readonly preprocessor: Preprocessor;
  private readonly layout: Layout;
  private readonly reader: TokenReader;
  private readonly values: ValueParser;
  private readonly names: readonly string[];
  private readonly index = new NodeIndex();
  private readonly labelled = new Map<string, TreeNode>();
  private readonly labelLists = new LabelLists();
  private readonly nearest = new NearestNames();
  private readonly tree: DeviceTree;
  private hasRoot = false;
  private fragments = 0;
  private depth = 0;
  /** Nodes above the one that the current statement at the top level is about. */
  private depthAbove = 0;
  /** Nodes and properties written so far. */
  private count = 0;
  /** Set where a whole node was passed over after a mistake. */
  private isIncomplete = false;
  /** Set where a brace is missing or one too many: nodes may stand elsewhere than was meant. */
  private isDamaged = false;
  /** Nodes whose bodies end here without their `}`: none, the innermost, or all that are open. */
  private leaving: "none" | "one" | "all" = "none";
  /** Where the current statement of the top level begins. */
  private statementStart: Position = 0;
  /** The brace that opens the innermost body. */
  private bodyOpen: Position = 0;
  /** The node that the last statement of the top level was about: what a `}` too many has closed too early. */
  private lastBody: TreeNode;
  /** True while members are read into {@link lastBody} at the top level. */
  private isReopened = false;
  /** Where the last statement about a node begins. */
  private lastStart: Position = NO_POSITION;
  /** True from a statement that does not belong at the top level to the next one that does. */
  private isAstray = false;
  /** Set once bytes that are no ASCII were reported where names should stand. */
  private hasForeignBytes = false;
  /** Set where anything was deleted: only then is there something to sweep. */
  private hasDeleted = false;

  constructor(input: LoadedSource, cache: SourceCache, includeFolders: readonly string[], sources: SourceMap) {
    this.sources = sources;
    this.preprocessor = new Preprocessor(input, cache, this.sources, includeFolders, (diagnostic) => {
      this.diagnostics.push(diagnostic);
      if (this.diagnostics.length >= LIMITS.errors) this.preprocessor.stop();
    });
    this.reader = new TokenReader(this.preprocessor);
    this.layout = new Layout(this.preprocessor);
    this.values = new ValueParser(this.reader, cache.symbols);
    this.names = cache.symbols.texts;
    this.tree = new DeviceTree(new TreeNode("", null), this.sources);
    this.lastBody = this.tree.root;
  }

  parse(): ParseResult {
    const start = this.reader.span;
    this.header();
    while (!this.reader.isAtEnd) {
      this.statementStart = this.reader.span.start;
      this.statement();
      this.leaving = "none";
    }
    if (this.diagnostics.length === 0 && !this.hasRoot) {
      this.reader.error("there is no tree here: expected / { … };", { start: start.start, end: start.start });
    }
    const { tree, sources } = this;
    const diagnostics = withoutEchoes(this.diagnostics, (name) => this.labelled.has(name));
    if (!this.preprocessor.isStopped && !diagnostics.some(({ rule }) => rule === "limit")) {
      tree.bootCpuId = guessBootCpu(tree.root);
      if (this.hasDeleted) sweepDeleted(tree.root);
      // References are checked in spite of mistakes, unless these took away what the references may be to.
      const { leavesOut } = this.preprocessor;
      const isPartial = this.isIncomplete || leavesOut || diagnostics.some(({ rule }) => INCOMPLETE.has(rule));
      const state = isPartial ? "partial" : this.isDamaged ? "damaged" : "whole";
      const found = resolveTree(tree, LIMITS.errors - diagnostics.length, this.keepsLabelled, state);
      for (const diagnostic of found) {
        const { message, span } = diagnostic;
        const related = this.preprocessor.withExpansions(message, span, diagnostic.related ?? []);
        if (related !== null) diagnostics.push(related.length === 0 ? diagnostic : { ...diagnostic, related });
      }
    }
    diagnostics.sort((a, b) => a.span.start - b.span.start);
    const isWhole = !diagnostics.some((diagnostic) => diagnostic.severity === "error");
    return { tree: isWhole ? tree : null, diagnostics, sources };
  }

  /** `/dts-v1/;`, which dtc insists on, and `/plugin/;`. */
  private header(): void {
    const { reader } = this;
    if (!reader.isKeyword(Keyword.dtsV1) && !this.preprocessor.leavesOut) {
      reader.error("the source does not begin with /dts-v1/;", reader.span, {
        hint: "put /dts-v1/; on the first line, before any include that holds nodes",
      });
    }
    while (reader.isKeyword(Keyword.dtsV1)) {
      reader.advance();
      this.semicolon("/dts-v1/");
      if (reader.isKeyword(Keyword.plugin)) {
        reader.advance();
        this.semicolon("/plugin/");
        this.tree.isPlugin = true;
      }
    }
  }

  private statement(): void {
    const { reader } = this;
    const labels = this.labels();
    const wasAstray = this.isAstray;
    this.isAstray = false;
    if (reader.isKeyword(Keyword.memreserve)) this.memReserve(labels);
    else if (reader.isOperator(Character.slash)) this.rootNode(labels);
    else if (reader.isOperator(Character.ampersand)) this.extension(labels);
    else if (reader.isKeyword(Keyword.deleteNode) || reader.isKeyword(Keyword.omitIfNoRef)) this.command();
    else if (reader.isKeyword(Keyword.dtsV1) || reader.isKeyword(Keyword.plugin)) {
      reader.error(`${reader.source.text} stands at the beginning of the source, not here`, reader.span);
      reader.advance();
      reader.accept(Character.semicolon);
    } else if (!reader.isAtEnd) this.strayStatement(labels, wasAstray);
  }

  private strayStatement(labels: readonly Label[], wasAstray: boolean): void {
    const { reader } = this;
    const span = reader.span;
    if (reader.isOperator(Character.closeBrace)) {
      if (!this.reportExtraBrace(null)) reader.error("this '}' closes nothing: there is one too many", span);
      reader.advance();
      reader.accept(Character.semicolon);
      return;
    }
    const guess = reader.source.guess();
    if (guess === "node" && this.labelled.has(reader.source.text)) {
      reader.error(`expected '&' before the label ${reader.source.text}`, span);
      this.extension(labels, reader.source.text);
      return;
    }
    const isC = reader.kind === TokenKind.word && C_WORDS.has(reader.source.text);
    const isMember = !isC && (guess === "property" || guess === "flag" || guess === "node" || guess === "label");
    if (!isMember || !this.reportExtraBrace({ message: "so that this stands outside of all nodes", span })) {
      const found = reader.describe();
      let hint = "outside of nodes stand / { … };, &label { … };, /delete-node/ and /memreserve/";
      if (reader.kind === TokenKind.word) {
        hint = isC
          ? "this is C: a header for device trees holds #define lines alone; keep the rest under #ifndef __DTS__"
          : "properties and nodes stand inside / { … }; a '}' may be one too many above";
      }
      if (!wasAstray) reader.error(`expected a node at the top level, found ${found}`, span, { hint });
    }
    this.isAstray = true;
    if (isMember) this.reopen(labels);
    else {
      if (!reader.isOperator(Character.semicolon) && !reader.isOperator(Character.openBrace)) reader.advance();
      this.skipStatement();
    }
  }

  /**
   * Reports the `}` in the statement before that is one too many by the file's indentation; false where there is none.
   */
  private reportExtraBrace(then: RelatedPlace | null): boolean {
    this.isDamaged = true;
    const span = this.layout.extraBrace(this.lastStart, this.reader.span.start);
    if (span === null) return false;
    const related = then === null ? {} : { related: [then] };
    this.reader.error("this '}' closes nothing: there is one too many", span, related);
    return true;
  }

  /** Reads on as if the body that was closed last were still open. */
  private reopen(labels: readonly Label[]): void {
    const { reader } = this;
    this.isReopened = true;
    this.isDamaged = true;
    this.depth++;
    const isClosed = this.members(this.lastBody, false, labels);
    this.isReopened = false;
    if (!isClosed && reader.accept(Character.closeBrace)) reader.accept(Character.semicolon);
  }

  private memReserve(labels: readonly Label[]): void {
    const { reader } = this;
    const start = reader.span.start;
    if (this.hasRoot) {
      reader.error("/memreserve/ stands before the first node", reader.span);
    }
    reader.advance();
    const address = this.values.expressions.integer("the address of /memreserve/");
    const size = address === null ? null : this.values.expressions.integer("the size of /memreserve/");
    if (address === null || size === null) {
      this.skipStatement();
      return;
    }
    const span = { start, end: reader.lastEnd };
    if (this.tree.memReserves.length === LIMITS.memReserves) {
      reader.error(`there are more than ${LIMITS.memReserves} memory reservations`, span, { rule: "limit" });
      this.preprocessor.stop();
      return;
    }
    this.tree.memReserves.push({ address: BigInt(address), size: BigInt(size), labels, span });
    this.semicolon("/memreserve/");
  }

  private rootNode(labels: readonly Label[]): void {
    const { reader } = this;
    const { root } = this.tree;
    if (labels.length > 0) reader.error("the root cannot be labelled here", labels[0]!.span);
    if (root.nameSpan.start < 0) root.nameSpan = reader.span;
    reader.advance();
    this.lastStart = this.statementStart;
    this.lastBody = root;
    this.nodeBody(root, !this.hasRoot);
    this.hasRoot = true;
  }

  /**
   * `&label { … };` and `&{/path} { … };`: more of a node that is there, or a fragment of an overlay. `label` is given
   * where it stands without its `&`.
   */
  private extension(labels: readonly Label[], label: string | null = null): void {
    const { reader, tree } = this;
    const start = reader.span.start;
    if (label !== null) reader.advance();
    const reference = label ?? this.values.reference();
    if (reference === null) {
      this.skipStatement();
      return;
    }
    const span = { start, end: reader.lastEnd };
    this.lastStart = this.statementStart;
    const target = this.hasRoot ? this.find(reference) : null;
    const isPath = reference.startsWith("/");
    if (tree.isPlugin && (target === null || (isPath && labels.length === 0))) {
      this.fragment(reference, span);
      return;
    }
    if (target === null) {
      this.reportUnknown(reference, span);
      // The tree is of no use now, but labels in this body are to be found by what refers to them.
      const stray = this.tree.root.addChild(`${reference}#${this.fragments++}`, span);
      this.lastBody = stray;
      this.nodeBody(stray, true);
      return;
    }
    this.addLabels(target, labels);
    this.lastBody = target;
    this.depthAbove = target.depth;
    this.nodeBody(target, false);
    this.depthAbove = 0;
  }

  /** What an overlay says about a node of its base: `fragment@N { target = <&label>; __overlay__ { … }; };`. */
  private fragment(reference: string, span: Span): void {
    const { root } = this.tree;
    this.hasRoot = true;
    const fragment = new TreeNode(`fragment@${this.fragments++}`, root);
    fragment.nameSpan = span;
    const { marks } = this.values;
    const isPath = reference.startsWith("/");
    const target = new Property(isPath ? "target-path" : "target", new Uint8Array([0xff, 0xff, 0xff, 0xff]));
    if (isPath) {
      target.value = stringsToBytes([reference]);
    } else {
      marks.add(MarkKind.phandle, 32, 0, reference, span.start, span.end);
      target.hasReferences = true;
      target.keepMarks(marks, marks.count - 1, marks.count);
    }
    target.nameSpan = span;
    target.span = span;
    fragment.properties.push(target);
    const overlay = new TreeNode("__overlay__", fragment);
    overlay.nameSpan = span;
    fragment.children.push(overlay);
    this.index.addChild(root, fragment);
    this.depthAbove = 2;
    this.nodeBody(overlay, true);
    this.depthAbove = 0;
  }

  /** `/delete-node/ &label;` and `/omit-if-no-ref/ &label;`. */
  private command(): void {
    const { reader } = this;
    const isDelete = reader.isKeyword(Keyword.deleteNode);
    const keyword = reader.source.text;
    reader.advance();
    const start = reader.span.start;
    if (!reader.isOperator(Character.ampersand)) {
      reader.error(`${keyword} takes a reference here: &label or &{/path}`, reader.span);
      this.skipStatement();
      return;
    }
    const reference = this.values.reference();
    if (reference === null) {
      this.skipStatement();
      return;
    }
    const target = this.find(reference);
    if (target === null) this.reportUnknown(reference, { start, end: reader.lastEnd });
    else if (isDelete) this.deleteNode(target);
    else target.omitIfUnused = true;
    this.semicolon(`${keyword} &${reference}`);
  }

  /**
   * `{ … };` into `node`. A fresh node keeps every property and child as written, duplicates included, for the checks
   * to find; one that is there already takes later ones in the place of earlier ones.
   */
  private nodeBody(node: TreeNode, isFresh: boolean): void {
    const { reader } = this;
    node.isDeleted = false;
    const { source } = reader;
    const open = { start: source.kind === TokenKind.statement ? source.end - 1 : source.start, end: source.end };
    const isOpen = reader.kind === TokenKind.statement || reader.isOperator(Character.openBrace);
    if (!isOpen && !this.lacksOpenBrace()) {
      this.skipStatement();
      return;
    }
    // The __local_fixups__ of an overlay have its nodes one deeper.
    const most = LIMITS.nodeDepth - (this.tree.isPlugin ? 1 : 0);
    if (++this.depth + this.depthAbove > most) {
      reader.error(`nodes are nested more than ${most} deep`, open, { rule: "limit" });
      this.preprocessor.stop();
    }
    if (isOpen) reader.advanceToMember();
    const outerOpen = this.bodyOpen;
    this.bodyOpen = open.start;
    const isClosed = this.members(node, isFresh, NO_LABELS);
    this.bodyOpen = outerOpen;
    if (isClosed) return;
    if (this.leaving === "one") this.leaving = "none";
    else if (this.leaving === "none") {
      if (reader.accept(Character.closeBrace)) {
        if (reader.isOperator(Character.closeBrace)) this.secondBrace(open.start);
        this.semicolon("the node's '}'", this.depth > 0);
      } else this.unclosed(node.nameSpan.start < 0 ? open : node.nameSpan);
    }
  }

  /** Passes a `}` that touches the one before it, unless it ends the parent of a node that began on the parent's line. */
  private secondBrace(open: Position): void {
    const { reader } = this;
    const { source } = reader;
    const isNested = this.depth > 0 && this.layout.isOnOneLine(this.bodyOpen, open);
    if (isNested || source.isAtLineStart || !source.isGlued) return;
    reader.error("this '}' closes nothing: there is one too many", source.span);
    reader.advance();
  }

  /** The members of `node` up to the `}`, the first with these labels; true where that came with its `;`, and is passed. */
  private members(node: TreeNode, isFresh: boolean, first: readonly Label[]): boolean {
    const { reader } = this;
    let hasChildren = false;
    while (!reader.isAtEnd && !reader.isOperator(Character.closeBrace)) {
      if (reader.kind !== TokenKind.statement) {
        hasChildren = this.member(node, isFresh, hasChildren, first);
        first = NO_LABELS;
        if (this.leaving !== "none") break;
      } else if (reader.source.tokens.statements.form(reader.source.value) === StatementForm.close) {
        this.depth--;
        if (this.depth > 0) reader.advanceToMember();
        else reader.advance();
        return true;
      } else {
        hasChildren = this.wholeMember(node, isFresh, hasChildren);
        if (this.leaving !== "none") break;
      }
    }
    this.depth--;
    return false;
  }

  /** Where a `{` should stand and does not: whether the body begins all the same. */
  private lacksOpenBrace(): boolean {
    const { reader } = this;
    const { isAtLineStart } = reader.source;
    const isBody =
      reader.isOperator(Character.closeBrace) ||
      reader.source.guess() !== null ||
      (isAtLineStart && this.layout.indentAt(reader.span.start) > this.layout.indentAt(reader.lastEnd));
    if (isBody || isAtLineStart) reader.error("expected '{' after the name of the node", reader.gap);
    else reader.error(`expected '{', found ${reader.describe()}`, reader.span);
    return isBody;
  }

  /**
   * Reports that a `}` is missing, and leaves all nodes that are open: at the end of the source, or where a statement
   * of the top level begins. `node` is the innermost one; the indentation may say that it is another.
   */
  private unclosed(node: Span): void {
    const { reader } = this;
    this.leaving = "all";
    this.isDamaged = true;
    const suspect = this.layout.unclosedNode(this.statementStart, reader.span.start);
    if (suspect === null && this.preprocessor.leavesOut) return;
    const place = suspect ?? { at: reader.gap, node };
    reader.error("the node is not closed: expected '}'", place.at, {
      ...(suspect === null ? {} : { hint: "put '};' here, going by the indentation" }),
      related: [{ message: "the node begins here", span: place.node }],
    });
  }

  /** A property or child of `node` whose statement, or its beginning, came whole; true once a child was seen. */
  private wholeMember(node: TreeNode, isFresh: boolean, hasChildren: boolean): boolean {
    const { reader } = this;
    const { source } = reader;
    const { statements } = source.tokens;
    const id = source.value;
    const { base } = source;
    const form = statements.form(id);
    const symbol = statements.symbol(id);
    if (form === StatementForm.open) {
      const label = statements.label(id);
      if (source.isPlainName(symbol) && (label < 0 || source.isPlainName(label))) {
        this.wholeOpening(node, isFresh);
        return true;
      }
    } else if (!hasChildren && source.isPlainName(symbol)) {
      const name = this.names[symbol]!;
      const start = base + statements.nameStart(id);
      const nameEnd = start + name.length;
      const before = isFresh ? null : this.index.property(node, name);
      const property = before ?? new Property(name, EMPTY);
      let isRead = true;
      if (form !== StatementForm.flag) isRead = this.values.readStatement(property, statements, id, base);
      else if (before !== null) {
        property.value = EMPTY;
        property.marks = [];
        property.hasReferences = false;
        property.hasLabelMarks = false;
      }
      if (isRead) {
        if (++this.count > LIMITS.nodesAndProperties) this.stopAtCount({ start, end: nameEnd });
        property.placeAt(start, nameEnd, base + statements.valueEnd(id));
        property.isDeleted = false;
        if (before === null) this.index.addProperty(node, property);
        reader.advanceToMember();
        return false;
      }
    }
    source.explode();
    return this.member(node, isFresh, hasChildren, NO_LABELS);
  }

  /** `label: name {`, and the node that it begins. */
  private wholeOpening(parent: TreeNode, isFresh: boolean): void {
    const { source } = this.reader;
    const { statements } = source.tokens;
    const id = source.value;
    const { base, start: labelStart } = source;
    const label = statements.label(id);
    const name = this.names[statements.symbol(id)]!;
    const start = base + statements.nameStart(id);
    const span = { start, end: start + name.length };
    if (++this.count > LIMITS.nodesAndProperties) this.stopAtCount(span);
    let labels = NO_LABELS;
    if (label >= 0) {
      const labelName = this.names[label]!;
      labels = [{ name: labelName, span: { start: labelStart, end: labelStart + labelName.length } }];
    }
    this.child(parent, name, span, labels, isFresh, false);
  }

  /** One property or child of `node`; true once a child was seen. */
  private member(node: TreeNode, isFresh: boolean, hasChildren: boolean, first: readonly Label[]): boolean {
    const { reader } = this;
    let labels = first;
    let isOmittable = false;
    for (;;) {
      if (reader.isKeyword(Keyword.omitIfNoRef)) {
        isOmittable = true;
        reader.advance();
        continue;
      }
      const isEscaped = reader.isOperator(Character.backslash);
      if (reader.isKeyword(Keyword.deleteProperty) || reader.isKeyword(Keyword.deleteNode)) {
        return this.deletion(node, isFresh) || hasChildren;
      }
      if (isEscaped) reader.advance();
      const start = reader.span.start;
      const symbol = reader.takeName();
      if (symbol < 0) {
        this.strayMember();
        return hasChildren;
      }
      const name = this.names[symbol]!;
      // Of a name that a macro makes, what comes from an argument stands behind the end of the call's own name.
      const nameEnd = Math.max(start, reader.lastEnd);
      if (
        !isEscaped &&
        reader.isOperator(Character.colon) &&
        reader.source.isGlued &&
        /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name)
      ) {
        this.checkNameLength("label", name, { start, end: nameEnd });
        const label = { name, span: { start, end: nameEnd } };
        if (labels === NO_LABELS) labels = [label];
        else (labels as Label[]).push(label);
        reader.advance();
        continue;
      }
      if (name.length > LIMITS.nameBytes) this.checkNameLength("name", name, { start, end: nameEnd });
      if (++this.count > LIMITS.nodesAndProperties) this.stopAtCount({ start, end: nameEnd });
      if (reader.isOperator(Character.openBrace)) {
        this.child(node, name, { start, end: nameEnd }, labels, isFresh, isOmittable);
        return true;
      }
      let hasEquals = true;
      if (!reader.isOperator(Character.equals)) {
        hasEquals = false;
        if (!reader.isOperator(Character.semicolon)) {
          const lacking = this.lacking(name, { start, end: nameEnd }, labels);
          if (lacking === "nothing") return hasChildren;
          if (lacking === "colon") {
            const label = { name, span: { start, end: nameEnd } };
            if (labels === NO_LABELS) labels = [label];
            else (labels as Label[]).push(label);
            continue;
          }
          if (lacking === "brace") {
            this.child(node, name, { start, end: nameEnd }, labels, isFresh, isOmittable);
            return true;
          }
          hasEquals = lacking === "equals";
        }
      }
      const isWhole = this.property(node, name, start, nameEnd, labels, isFresh, hasEquals);
      if (hasChildren && isWhole) {
        reader.error(
          `property ${name} stands after a child node`,
          { start, end: nameEnd },
          {
            hint: "dtc takes the properties of a node only before its children: move it up",
          },
        );
        // Those that follow it are told by this one.
        hasChildren = false;
      }
      const { nextLabels } = this.values;
      if (nextLabels === null || isWhole) return hasChildren;
      // Labels on the line after a property without its `;` were read as its own.
      this.values.nextLabels = null;
      labels = nextLabels;
      isOmittable = false;
    }
  }

  /**
   * What is missing after a name that neither `{`, `=` nor `;` follows, as far as that can be told, the mistake reported
   * unless it is a `;`. `nothing` where all was dealt with; `brace` is left to be reported where the body is read.
   */
  private lacking(
    name: string,
    span: Span,
    labels: readonly Label[],
  ): "colon" | "brace" | "equals" | "semicolon" | "nothing" {
    const { reader } = this;
    const { source } = reader;
    const isNextLine = source.isAtLineStart;
    if (name.endsWith("*") && reader.isOperator(Character.slash) && source.isGlued) {
      this.strayCommentEnd(span);
      return "nothing";
    }
    if (this.values.beginsItem() && source.guess() !== "top") {
      reader.error(`expected '=' after property ${name}`, reader.gap);
      return "equals";
    }
    const isLabel = /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name);
    if (isLabel && reader.isOperator(Character.colon)) {
      reader.error("the ':' of a label follows it without a space", reader.span);
      reader.advance();
      return "colon";
    }
    const guess = source.guess();
    if (reader.isOperator(Character.closeBrace)) {
      // A property ends before its node does, an empty node on the line of its name or in line with it.
      const isParentHere = this.layout.isOnOneLine(this.bodyOpen, span.start);
      if (!isNextLine) return isParentHere ? "semicolon" : "brace";
      return this.layout.indentAt(source.start) === this.layout.indentAt(span.start) ? "brace" : "semicolon";
    }
    if (!isNextLine) {
      if (!isLabel || (guess !== "node" && guess !== "label")) return "semicolon";
      reader.error(`expected ':' after label ${name}`, reader.gap, {
        hint: `write ${name}: before the node; the name of a node has no space`,
      });
      return "colon";
    }
    if (reader.isAtEnd || guess === "top") return "semicolon";
    if (name.includes("@") || labels.length > 0) return "brace";
    return this.layout.indentAt(source.start) > this.layout.indentAt(span.start) ? "brace" : "semicolon";
  }

  /** Passes what a comment left behind that an earlier end has closed. */
  private strayCommentEnd(span: Span): void {
    const { reader } = this;
    reader.error("this '*/' ends no comment", span, { hint: "comments do not nest: the first */ ended it" });
    while (!reader.isAtEnd && !reader.source.isAtLineStart) reader.advance();
  }

  /** A name that is too long for a blob would be refused by whoever reads that. */
  private checkNameLength(what: "name" | "label", name: string, span: Span): void {
    if (name.length <= LIMITS.nameBytes) return;
    const message = `this ${what} has ${name.length} characters, more than ${LIMITS.nameBytes}`;
    this.reader.error(message, span, { rule: "limit" });
  }

  private stopAtCount(span: Span): void {
    const message = `the source has more than ${LIMITS.nodesAndProperties} nodes and properties`;
    this.reader.error(message, span, { rule: "limit" });
    this.preprocessor.stop();
  }

  private strayMember(): void {
    const { reader } = this;
    const { source } = reader;
    if (source.guess() === "top") {
      this.strayTop();
      return;
    }
    if (reader.isOperator(Character.semicolon)) {
      this.straySemicolon();
      return;
    }
    if (reader.isOperator(Character.openBrace)) {
      reader.error("this '{' opens nothing: there is one too many", reader.span);
      reader.advance();
      return;
    }
    if (source.operator > 0x7e && source.operator < 0x100) {
      const hint =
        "outside of strings and comments, source is plain ASCII; the character may be one that looks like another";
      if (!this.hasForeignBytes) reader.error(`${reader.describe()}, cannot stand here`, reader.span, { hint });
      this.hasForeignBytes = true;
      while (source.operator > 0x7e && source.operator < 0x100) reader.advance();
      return;
    }
    if (reader.isOperator(Character.ampersand)) {
      reader.error("a reference cannot stand inside a node", reader.span, {
        hint: "write &label { … }; outside of all nodes; a '}' may be missing above",
      });
    } else reader.error(`expected a property, a node or '}', found ${reader.describe()}`, reader.span);
    reader.advance();
    this.skipStatement();
  }

  /** `&label {` or `/ {` inside a node: the `}` above is missing, or it stands where it cannot. */
  private strayTop(): void {
    const { reader } = this;
    if (this.isReopened && this.depth === 1) {
      this.leaving = "all";
      return;
    }
    const isRoot = reader.isOperator(Character.slash);
    const isAtMargin = reader.source.isAtLineStart && this.layout.indentAt(reader.span.start) === 0;
    if (isAtMargin || isRoot || this.layout.unclosedNode(this.statementStart, reader.span.start) !== null) {
      this.unclosed({ start: this.bodyOpen, end: this.bodyOpen + 1 });
      return;
    }
    reader.error("a reference cannot stand inside a node", reader.span, {
      hint: "write &label { … }; outside of all nodes; a '}' may be missing above",
    });
    const { lastBody, lastStart, depthAbove } = this;
    this.extension(NO_LABELS);
    this.lastBody = lastBody;
    this.lastStart = lastStart;
    this.depthAbove = depthAbove;
  }

  /** A `;` where a member should begin: one too many, or the rest of a `};` by where it stands. */
  private straySemicolon(): void {
    const { reader } = this;
    const { source } = reader;
    const here = source.start;
    const isAlone = (source.flags & SPACE_BEFORE) !== 0;
    const isOnOneLine = this.layout.isOnOneLine(this.bodyOpen, here);
    if (source.isAtLineStart || (isOnOneLine && (isAlone || here === this.bodyOpen + 1))) {
      reader.error("expected '}' before this ';'", reader.span);
      this.leaving = "one";
    } else reader.error("this ';' ends nothing", reader.span);
    reader.advance();
  }

  private child(
    parent: TreeNode,
    name: string,
    span: Span,
    labels: readonly Label[],
    isFresh: boolean,
    isOmittable: boolean,
  ): void {
    let child = isFresh ? null : this.index.child(parent, name);
    const isNew = child === null;
    if (child === null) {
      child = new TreeNode(name, parent);
      child.nameSpan = span;
      this.index.addChild(parent, child);
    } else if (child.isDeleted) child.nameSpan = span;
    if (isOmittable) child.omitIfUnused = true;
    this.addLabels(child, labels);
    this.nodeBody(child, isNew);
  }

  private property(
    node: TreeNode,
    name: string,
    start: Position,
    nameEnd: Position,
    labels: readonly Label[],
    isFresh: boolean,
    hasEquals: boolean,
  ): boolean {
    const { reader } = this;
    const before = isFresh ? null : this.index.property(node, name);
    const property = before ?? new Property(name, EMPTY);
    let isWhole = true;
    if (hasEquals) {
      // Where it is missing, that was reported.
      reader.accept(Character.equals);
      isWhole = this.values.readInto(property);
    } else {
      this.values.nextLabels = null;
      property.value = EMPTY;
      property.marks = [];
    }
    property.placeAt(start, nameEnd, Math.max(nameEnd, reader.lastEnd));
    property.isDeleted = false;
    this.labelLists.merge(property, labels);
    if (before === null) this.index.addProperty(node, property);
    if (reader.isOperator(Character.semicolon)) {
      reader.advanceToMember();
      return isWhole;
    }
    if (this.values.nextLabels !== null) {
      const gap = this.values.nextLabelsAt;
      reader.error(`expected ';' after property ${name}`, { start: gap, end: gap });
    } else if (isWhole) this.semicolon(`property ${name}`);
    else if (!reader.isOperator(Character.closeBrace)) this.skipStatement();
    return false;
  }

  /** `/delete-property/ name;` and `/delete-node/ name;`; true where it was a node. */
  private deletion(node: TreeNode, isFresh: boolean): boolean {
    const { reader } = this;
    this.hasDeleted = true;
    const isNode = reader.isKeyword(Keyword.deleteNode);
    const keyword = reader.source.text;
    reader.advance();
    const span = reader.span;
    if (reader.isOperator(Character.backslash)) reader.advance();
    const symbol = reader.takeName();
    if (++this.count > LIMITS.nodesAndProperties) this.stopAtCount(span);
    if (symbol < 0) {
      const hint = isNode ? { hint: "inside a node, name the child; &label goes outside of all nodes" } : {};
      reader.error(`${keyword} takes a name here, not ${reader.describe()}`, span, hint);
      this.skipStatement();
      return isNode;
    }
    const name = this.names[symbol]!;
    if (isNode) {
      const child = isFresh ? null : this.index.child(node, name);
      if (child !== null) this.deleteNode(child);
      else if (isFresh) this.index.addChild(node, deletedNode(name, node));
    } else {
      const property = isFresh ? null : this.index.property(node, name);
      if (property !== null) {
        property.isDeleted = true;
        property.labels = [];
      } else if (isFresh) this.index.addProperty(node, deletedProperty(name));
    }
    this.semicolon(`${keyword} ${name}`, this.depth > 0);
    return isNode;
  }

  private deleteNode(node: TreeNode): void {
    this.hasDeleted = true;
    deleteNode(node, (label, owner) => {
      if (this.labelled.get(label) === owner) this.labelled.delete(label);
    });
  }

  /** Labels that stand before a statement. */
  private labels(): Label[] {
    const { reader } = this;
    const labels: Label[] = [];
    while (reader.kind === TokenKind.word && reader.source.nextIsGluedColon()) {
      const label = { name: reader.source.text, span: reader.span };
      this.checkNameLength("label", label.name, label.span);
      labels.push(label);
      reader.advance();
      reader.advance();
    }
    return labels;
  }

  private addLabels(node: TreeNode, labels: readonly Label[]): void {
    if (labels.length === 0) return;
    this.labelLists.merge(node, labels);
    for (const { name } of labels) if (!this.labelled.has(name)) this.labelled.set(name, node);
  }

  private find(reference: string): TreeNode | null {
    if (!reference.startsWith("/")) return this.labelled.get(reference) ?? null;
    let node: TreeNode | null = this.tree.root;
    for (const name of reference.split("/")) {
      if (name === "") continue;
      node = this.index.child(node, name);
      if (node === null || node.isDeleted) return null;
    }
    return node;
  }

  private reportUnknown(reference: string, span: Span): void {
    const isPath = reference.startsWith("/");
    const shown = isPath ? `&{${reference}}` : `&${reference}`;
    const near = isPath ? null : this.nearest.find(reference, this.labelled);
    let hint = "include the file that defines the label before this place";
    if (isPath) hint = "a path names every node in full, unit addresses included";
    if (near !== null) hint = `did you mean &${near}?`;
    this.reader.error(`${shown} refers to no node that stands above`, span, { rule: "unknown-reference", hint });
  }

  /** Passes the `;` that ends `what`; where it is missing, says so and goes on as if it stood there. */
  private semicolon(what: string, isMemberNext = false): void {
    const { reader } = this;
    if (reader.isOperator(Character.semicolon)) {
      if (isMemberNext) reader.advanceToMember();
      else reader.advance();
      return;
    }
    const isNextLine = reader.isAtEnd || reader.source.isAtLineStart || reader.isOperator(Character.closeBrace);
    if (isNextLine) {
      reader.error(`expected ';' after ${what}`, reader.gap);
      return;
    }
    reader.error(`expected ';' after ${what}, found ${reader.describe()}`, reader.span, this.junkHint());
    this.skipStatement();
  }

  private junkHint(): { hint?: string } {
    const { kind, source } = this.reader;
    if (source.operator === 0x3e) return { hint: "this '>' closes nothing: a '<' is missing before" };
    if (source.operator === 0x2a && source.restOfLine(/$/).startsWith("*/")) {
      return { hint: "comments do not nest: an earlier */ has ended this one" };
    }
    if (kind !== TokenKind.word) return {};
    const before = source.isGlued ? source.stringBefore() : null;
    if (before === null) return { hint: 'a quote may be missing: strings stand in double quotes, "text"' };
    return {
      hint: `the quote before it closes the string ${shorten(before)}: one may be missing there, or one too many`,
    };
  }

  /**
   * Goes past the `;` that ends the statement that is being read, or up to the `}` of the node around it, or to a line
   * that seems to begin another statement.
   */
  private skipStatement(): void {
    const { reader } = this;
    let open = 0;
    while (!reader.isAtEnd) {
      if (open === 0 && reader.source.isAtLineStart) {
        const guess = reader.source.guess();
        if (guess !== null && (this.depth > 0 || guess === "top" || guess === "keyword")) return;
      }
      if (reader.isOperator(Character.openBrace)) {
        open++;
        this.isIncomplete = true;
      }
      if (reader.isOperator(Character.closeBrace)) {
        if (open === 0) {
          if (this.depth > 0) return;
        } else open--;
      } else if (reader.isOperator(Character.semicolon) && open === 0) {
        reader.advance();
        return;
      }
      reader.advance();
    }
  }
}

const EMPTY = new Uint8Array(0);
const NO_LABELS: readonly Label[] = [];

/** Words that show a C header where a device tree's should be. */
const C_WORDS = new Set("typedef enum struct union extern static inline const int unsigned void char long".split(" "));

/**
 * Without those that another mistake explains: what a file that is missing would have defined. A word in a cell list
 * that is a label lacks its `&`.
 */
function withoutEchoes(diagnostics: readonly Diagnostic[], isLabel: (name: string) => boolean): Diagnostic[] {
  const kept: Diagnostic[] = [];
  let isFileMissing = false;
  for (const diagnostic of diagnostics) {
    const { rule, message } = diagnostic;
    if (isFileMissing && (rule === "undefined-macro" || rule === "unknown-reference")) continue;
    isFileMissing ||= rule === "include";
    const word = rule === "undefined-macro" ? message.slice(0, message.indexOf(" ")) : "";
    kept.push(
      isLabel(word) ? { ...diagnostic, hint: `to refer to the node with this label, write &${word}` } : diagnostic,
    );
  }
  return kept;
}

/** Mistakes after which parts of the source are missing. */
const INCOMPLETE = new Set(["include", "error-directive"]);

function deletedNode(name: string, parent: TreeNode): TreeNode {
  const node = new TreeNode(name, parent);
  node.isDeleted = true;
  return node;
}

function deletedProperty(name: string): Property {
  const property = new Property(name, EMPTY);
  property.isDeleted = true;
  return property;
}

/** dtc's guess: the `reg` of the first child of /cpus, if it is one cell. */
function guessBootCpu(root: TreeNode): number {
  const cpus = root.children.find((child) => child.name === "cpus" && !child.isDeleted);
  const reg = cpus?.children[0]?.properties.find((property) => property.name === "reg" && !property.isDeleted);
  return reg !== undefined && reg.value.length === 4 ? reg.cell(0) : 0;
}
