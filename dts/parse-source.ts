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
 * Here are the statements of the top level; parse-node.ts reads what stands in nodes, parse-value.ts values. After a
 * mistake, parsing goes on at the next place where a statement can begin (statement-recovery.ts).
 */
import type { Diagnostic } from "./diagnostic.ts";
import type { FileReader, ParseResult } from "./input.ts";
import { LIMITS } from "./limits.ts";
import { type LoadedSource, SourceCache } from "./load-source.ts";
import { sweepDeleted } from "./merge-nodes.ts";
import { misspeltKeyword, passMisspeltDirectiveHere } from "./misspelt.ts";
import { reportLongName } from "./name-length.ts";
import { NearestNames } from "./nearest.ts";
import { NodeParser } from "./parse-node.ts";
import { parseReference } from "./parse-reference.ts";
import { ValueParser } from "./parse-value.ts";
import { Preprocessor } from "./preprocessor.ts";
import { resolveTree } from "./resolve-tree.ts";
import { SourceMap, type Span } from "./source.ts";
import { StatementRecovery } from "./statement-recovery.ts";
import { explainedBySwallowing } from "./swallowing-comments.ts";
import { TokenReader } from "./token-reader.ts";
import { Character, Keyword, TokenKind } from "./tokens.ts";
import type { Label, TreeNode } from "./tree.ts";
import { TreeBuilder } from "./tree-builder.ts";

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
  private readonly reader: TokenReader;
  private readonly values: ValueParser;
  private readonly recovery: StatementRecovery;
  private readonly builder: TreeBuilder;
  private readonly nodes: NodeParser;
  private readonly nearest = new NearestNames();
  private hasRoot = false;
  /** Set where it was reported that the source does not begin as it should: a header that follows is no mistake. */
  private lacksHeader = false;
  /** The node that the last statement about one was about: what a `}` too many has closed too early. */
  private lastNode: TreeNode;

  constructor(input: LoadedSource, cache: SourceCache, includeFolders: readonly string[], sources: SourceMap) {
    this.sources = sources;
    this.preprocessor = new Preprocessor(input, cache, this.sources, includeFolders, (diagnostic) => {
      this.diagnostics.push(diagnostic);
      if (this.diagnostics.length >= LIMITS.errors) this.preprocessor.stop();
    });
    const { symbols } = cache;
    const reader = new TokenReader(this.preprocessor);
    this.reader = reader;
    this.values = new ValueParser(reader, symbols);
    this.recovery = new StatementRecovery(reader);
    this.builder = new TreeBuilder(sources);
    this.nodes = new NodeParser(reader, this.values, this.recovery, this.builder, symbols.texts, (labels) =>
      this.nestedExtension(labels),
    );
    this.lastNode = this.builder.tree.root;
  }

  parse(): ParseResult {
    const start = this.reader.span;
    this.header();
    while (!this.reader.isAtEnd) {
      this.recovery.beginStatement();
      this.statement();
    }
    if (this.diagnostics.length === 0 && !this.hasRoot) {
      this.reader.error("there is no tree here: expected / { … };", { start: start.start, end: start.start });
    }
    const { sources, builder, recovery } = this;
    const { tree } = builder;
    let diagnostics = withoutEchoes(this.diagnostics, builder.labelled, sources);
    if (!this.preprocessor.isStopped && !diagnostics.some(({ rule }) => rule === "limit")) {
      tree.bootCpuId = guessBootCpu(tree.root);
      if (builder.hasDeleted) sweepDeleted(tree.root);
      // References are checked in spite of mistakes, unless these took away what the references may be to.
      const { leavesOut } = this.preprocessor;
      const isPartial = recovery.isIncomplete || leavesOut || diagnostics.some(({ rule }) => INCOMPLETE.has(rule));
      const { deletedLabels, missedNames, hasStray } = builder;
      const isMisplaced = recovery.isDamaged || hasStray;
      const damage = { isPartial, isDamaged: recovery.isDamaged, isMisplaced, deletedLabels, missedNames };
      const most = LIMITS.errors - this.diagnostics.length;
      const found = resolveTree(tree, most, this.keepsLabelled, isPartial || isMisplaced ? damage : null);
      for (const diagnostic of found) {
        const { message, span } = diagnostic;
        const related = this.preprocessor.withExpansions(message, span, diagnostic.related ?? []);
        if (related !== null) diagnostics.push(related.length === 0 ? diagnostic : { ...diagnostic, related });
      }
    }
    if (diagnostics.length > 0) diagnostics = explainedBySwallowing(diagnostics, this.preprocessor.files);
    diagnostics.sort((a, b) => a.span.start - b.span.start);
    const isWhole = !diagnostics.some((diagnostic) => diagnostic.severity === "error");
    return { tree: isWhole ? tree : null, diagnostics, sources };
  }

  /** `/dts-v1/;`, which dtc insists on, and `/plugin/;`. */
  private header(): void {
    const { reader } = this;
    while (passMisspeltDirectiveHere(reader));
    if (!reader.isKeyword(Keyword.dtsV1) && !this.preprocessor.leavesOut) {
      const isComment = reader.isOperator(Character.asterisk);
      reader.error("the source does not begin with /dts-v1/;", reader.span, {
        hint: isComment
          ? "this looks like a part of a comment: one begins with /* and ends with the first */"
          : "put /dts-v1/; on the first line, before any include that holds nodes",
      });
      this.lacksHeader = true;
      // `/dts-v1;` and the like.
      if (reader.isOperator(Character.slash) && this.preprocessor.guess() !== "top") this.recovery.skipStatement(false);
    }
    while (reader.isKeyword(Keyword.dtsV1)) {
      reader.advance();
      this.recovery.endDirective("/dts-v1/");
      if (reader.isKeyword(Keyword.plugin)) {
        reader.advance();
        this.recovery.endDirective("/plugin/");
        this.builder.tree.isPlugin = true;
      }
    }
  }

  private statement(): void {
    const { reader } = this;
    const labels = this.labels();
    if (reader.isKeyword(Keyword.memreserve)) this.memReserve(labels);
    else if (reader.isOperator(Character.slash)) this.rootNodeOrKeyword(labels);
    else if (reader.isOperator(Character.ampersand)) this.extension(labels);
    else if (reader.isKeyword(Keyword.deleteNode) || reader.isKeyword(Keyword.omitIfNoRef)) {
      const keyword = reader.source.text;
      reader.advance();
      this.command(keyword);
    } else if (reader.isKeyword(Keyword.dtsV1) || reader.isKeyword(Keyword.plugin)) {
      if (reader.isKeyword(Keyword.plugin) && this.lacksHeader) this.builder.tree.isPlugin = true;
      const message = `${reader.source.text} stands at the beginning of the source, not here`;
      if (!this.lacksHeader && !this.recovery.wasAstray) reader.error(message, reader.span);
      reader.advance();
      reader.accept(Character.semicolon);
    } else if (!reader.isAtEnd) this.strayStatement(labels);
  }

  private strayStatement(labels: readonly Label[]): void {
    const { builder, reader, recovery } = this;
    const found = recovery.strayStatement(labels, builder.labelled);
    if (found === "label") this.extension(labels, reader.source.text);
    else if (found === "member") this.nodes.reopen(this.lastNode, labels);
  }

  private memReserve(labels: readonly Label[]): void {
    const { reader } = this;
    const { memReserves } = this.builder.tree;
    const start = reader.span.start;
    if (this.hasRoot) {
      reader.error("/memreserve/ stands before the first node", reader.span);
    }
    reader.advance();
    const address = this.values.expressions.integer("the address of /memreserve/");
    const size = address === null ? null : this.values.expressions.integer("the size of /memreserve/");
    if (address === null || size === null) {
      this.recovery.skipStatement(false);
      return;
    }
    const span = { start, end: reader.lastEnd };
    if (memReserves.length === LIMITS.memReserves) {
      reader.error(`there are more than ${LIMITS.memReserves} memory reservations`, span, { rule: "limit" });
      this.preprocessor.stop();
      return;
    }
    memReserves.push({ address: BigInt(address), size: BigInt(size), labels, span });
    this.recovery.expectSemicolon("/memreserve/", false);
  }

  private rootNodeOrKeyword(labels: readonly Label[]): void {
    const keyword = this.reader.source.guess() === "top" ? null : misspeltKeyword(this.reader);
    if (keyword === null) this.rootNode(labels);
    else if (keyword === "/delete-node/" || keyword === "/omit-if-no-ref/") this.command(keyword);
    else this.recovery.skipStatement(false);
  }

  private rootNode(labels: readonly Label[]): void {
    const { reader } = this;
    const { root } = this.builder.tree;
    if (labels.length > 0) reader.error("the root cannot be labelled here", labels[0]!.span);
    if (root.nameSpan.start < 0) root.nameSpan = reader.span;
    reader.advance();
    this.recovery.beginNodeStatement();
    this.lastNode = root;
    this.nodes.parse(root, !this.hasRoot);
    this.hasRoot = true;
  }

  /**
   * `&label { … };` and `&{/path} { … };`: more of a node that is there, or a fragment of an overlay. `label` is given
   * where it stands without its `&`.
   */
  private extension(labels: readonly Label[], label: string | null = null): void {
    const { builder, nodes, reader } = this;
    const { isPlugin } = builder.tree;
    const start = reader.span.start;
    if (label !== null) reader.advance();
    const reference = label ?? parseReference(reader);
    if (reference === null) {
      this.recovery.skipStatement(nodes.isInNode);
      return;
    }
    const span = { start, end: reader.lastEnd };
    this.recovery.passExtraBrace();
    this.recovery.beginNodeStatement();
    const target = this.hasRoot ? builder.find(reference) : null;
    const isPath = reference.startsWith("/");
    if (isPlugin && (target === null || (isPath && labels.length === 0))) {
      this.hasRoot = true;
      const overlay = builder.addFragment(reference, span, this.values.marks);
      nodes.parse(overlay, true, overlay.depth);
      return;
    }
    if (target === null) {
      this.reportUnknown(reference, span);
      // The tree is of no use now, but labels in this body are to be found by what refers to them.
      this.lastNode = builder.addStray(reference, span);
      builder.labelNode(this.lastNode, labels);
      nodes.parse(this.lastNode, false);
      return;
    }
    builder.labelNode(target, labels);
    this.lastNode = target;
    nodes.parse(target, false, target.depth);
  }

  /** An extension that stands in a node by mistake. What a `}` too many may have closed is still the node around it. */
  private nestedExtension(labels: readonly Label[]): void {
    const { recovery, lastNode } = this;
    const { nodeStatement } = recovery;
    this.extension(labels);
    this.lastNode = lastNode;
    recovery.nodeStatement = nodeStatement;
  }

  /** `/delete-node/ &label;` and `/omit-if-no-ref/ &label;`, whose keyword was passed. */
  private command(keyword: string): void {
    const { reader } = this;
    const start = reader.span.start;
    let reference: string | null = null;
    if (reader.isOperator(Character.ampersand)) reference = parseReference(reader);
    else {
      reader.error(`${keyword} takes a reference here: &label or &{/path}`, reader.span);
      // What it is about is known all the same where its `&` alone is missing.
      if (this.builder.labelled.has(reader.source.text)) {
        reference = reader.source.text;
        reader.advance();
      }
    }
    if (reference === null) {
      this.recovery.skipStatement(false);
      return;
    }
    const target = this.builder.find(reference);
    if (target === null) this.reportUnknown(reference, { start, end: reader.lastEnd });
    else if (keyword === "/delete-node/") this.builder.deleteNode(target);
    else target.omitIfUnused = true;
    this.recovery.expectSemicolon(`${keyword} &${reference}`, false);
  }

  /** Labels that stand before a statement. */
  private labels(): Label[] {
    const { reader } = this;
    const labels: Label[] = [...this.nodes.takeLeftLabels()];
    while (reader.kind === TokenKind.word && reader.source.nextIsGluedColon()) {
      const label = { name: reader.source.text, span: reader.span };
      if (label.name.length > LIMITS.nameBytes) reportLongName(reader, "label", label.name, label.span);
      labels.push(label);
      reader.advance();
      reader.advance();
    }
    return labels;
  }

  private reportUnknown(reference: string, span: Span): void {
    // What a mistake has left out may have the label, and what it has moved may have been deleted along with another.
    if (this.recovery.isIncomplete || this.preprocessor.leavesOut) return;
    if (this.recovery.isDamaged && this.builder.deletedLabels.has(reference)) return;
    const isPath = reference.startsWith("/");
    const shown = isPath ? `&{${reference}}` : `&${reference}`;
    const near = isPath ? null : this.nearest.find(reference, this.builder.labelled);
    let hint = "include the file that defines the label before this place";
    if (isPath) hint = "a path names every node in full, unit addresses included";
    if (near !== null) hint = `did you mean &${near}?`;
    this.reader.error(`${shown} refers to no node that stands above`, span, { rule: "unknown-reference", hint });
  }
}

/**
 * Without those that another mistake explains: what a file that is missing would have defined, and what was told of a
 * file when it was included before. A word in a cell list that is a label lacks its `&`.
 */
function withoutEchoes(
  diagnostics: readonly Diagnostic[],
  labelled: ReadonlyMap<string, unknown>,
  sources: SourceMap,
): Diagnostic[] {
  const kept: Diagnostic[] = [];
  const told = new Set<string>();
  let isFileMissing = false;
  for (const diagnostic of diagnostics) {
    const { rule, message, span } = diagnostic;
    if (diagnostics.length > 1) {
      const at = sources.locate(span);
      const what = `${at?.file}:${at?.line}:${at?.column}: ${message}`;
      if (told.has(what)) continue;
      told.add(what);
    }
    if (isFileMissing && (rule === "undefined-macro" || rule === "unknown-reference")) continue;
    isFileMissing ||= rule === "include";
    const word = rule === "undefined-macro" ? message.slice(0, message.indexOf(" ")) : "";
    kept.push(
      labelled.has(word) ? { ...diagnostic, hint: `to refer to the node with this label, write &${word}` } : diagnostic,
    );
  }
  return kept;
}

/** Mistakes after which parts of the source are missing. */
const INCOMPLETE = new Set(["include", "error-directive"]);

/** dtc's guess: the `reg` of the first child of /cpus, if it is one cell. */
function guessBootCpu(root: TreeNode): number {
  const cpus = root.children.find((child) => child.name === "cpus" && !child.isDeleted);
  const reg = cpus?.children[0]?.properties.find((property) => property.name === "reg" && !property.isDeleted);
  return reg !== undefined && reg.value.length === 4 ? reg.cell(0) : 0;
}
