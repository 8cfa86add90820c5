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
import type { Diagnostic } from "./diagnostic.ts";
import type { FileReader, ParseResult } from "./input.ts";
import { LIMITS } from "./limits.ts";
import { type LoadedSource, SourceCache } from "./load-source.ts";
import { deleteNode, LabelLists, NodeIndex, sweepDeleted } from "./merge-nodes.ts";
import { NearestNames } from "./nearest.ts";
import { ValueParser } from "./parse-value.ts";
import { Preprocessor } from "./preprocessor.ts";
import { resolveTree } from "./resolve-tree.ts";
import { type Position, SourceMap, type Span } from "./source.ts";
import { TokenReader } from "./token-reader.ts";
import { Character, Keyword, TokenKind } from "./tokens.ts";
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
  /** Set where anything was deleted: only then is there something to sweep. */
  private hasDeleted = false;

  constructor(input: LoadedSource, cache: SourceCache, includeFolders: readonly string[], sources: SourceMap) {
    this.sources = sources;
    this.preprocessor = new Preprocessor(input, cache, this.sources, includeFolders, (diagnostic) => {
      this.diagnostics.push(diagnostic);
      if (this.diagnostics.length >= LIMITS.errors) this.preprocessor.stop();
    });
    this.reader = new TokenReader(this.preprocessor);
    this.values = new ValueParser(this.reader, cache.symbols);
    this.names = cache.symbols.texts;
    this.tree = new DeviceTree(new TreeNode("", null), this.sources);
  }

  parse(): ParseResult {
    const start = this.reader.span;
    this.header();
    while (!this.reader.isAtEnd) this.statement();
    const { tree, diagnostics, sources } = this;
    if (diagnostics.length === 0 && !this.hasRoot) {
      this.reader.error("there is no tree here: expected / { … };", { start: start.start, end: start.start });
    }
    // References are checked in spite of mistakes, unless these took away what the references may be to.
    const isIncomplete = this.isIncomplete || this.preprocessor.isStopped;
    if (!isIncomplete && !diagnostics.some(({ rule }) => INCOMPLETE.has(rule))) {
      tree.bootCpuId = guessBootCpu(tree.root);
      if (this.hasDeleted) sweepDeleted(tree.root);
      diagnostics.push(...resolveTree(tree, LIMITS.errors - diagnostics.length, this.keepsLabelled));
    }
    diagnostics.sort((a, b) => a.span.start - b.span.start);
    const isWhole = !diagnostics.some((diagnostic) => diagnostic.severity === "error");
    return { tree: isWhole ? tree : null, diagnostics, sources };
  }

  /** `/dts-v1/;`, which dtc insists on, and `/plugin/;`. */
  private header(): void {
    const { reader } = this;
    if (!reader.isKeyword(Keyword.dtsV1)) {
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
    if (reader.isKeyword(Keyword.memreserve)) this.memReserve(labels);
    else if (reader.isOperator(Character.slash)) this.rootNode(labels);
    else if (reader.isOperator(Character.ampersand)) this.extension(labels);
    else if (reader.isKeyword(Keyword.deleteNode) || reader.isKeyword(Keyword.omitIfNoRef)) this.command();
    else if (reader.isKeyword(Keyword.dtsV1) || reader.isKeyword(Keyword.plugin)) {
      reader.error(`${reader.source.text} stands at the beginning of the source, not here`, reader.span);
      reader.advance();
      reader.accept(Character.semicolon);
    } else if (!reader.isAtEnd) this.strayStatement();
  }

  private strayStatement(): void {
    const { reader } = this;
    const span = reader.span;
    if (reader.isOperator(Character.closeBrace)) {
      reader.error("this '}' closes nothing: there is one too many", span);
      reader.advance();
      reader.accept(Character.semicolon);
      return;
    }
    const found = reader.describe();
    const isName = reader.kind === TokenKind.word;
    const hint = isName
      ? "properties and nodes stand inside / { … }; a '}' may be one too many above"
      : "outside of nodes stand / { … };, &label { … };, /delete-node/ and /memreserve/";
    reader.error(`expected a node at the top level, found ${found}`, span, { hint });
    this.skipStatement();
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
    this.nodeBody(root, !this.hasRoot);
    this.hasRoot = true;
  }

  /** `&label { … };` and `&{/path} { … };`: more of a node that is there, or a fragment of an overlay. */
  private extension(labels: readonly Label[]): void {
    const { reader, tree } = this;
    const start = reader.span.start;
    const reference = this.values.reference();
    if (reference === null) {
      this.skipStatement();
      return;
    }
    const span = { start, end: reader.lastEnd };
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
      this.nodeBody(stray, true);
      return;
    }
    this.addLabels(target, labels);
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
    const open = reader.span;
    if (!reader.isOperator(Character.openBrace)) {
      reader.error(`expected '{', found ${reader.describe()}`, reader.span.start === open.start ? open : reader.gap);
      this.skipStatement();
      return;
    }
    // The __local_fixups__ of an overlay have its nodes one deeper.
    const most = LIMITS.nodeDepth - (this.tree.isPlugin ? 1 : 0);
    if (++this.depth + this.depthAbove > most) {
      reader.error(`nodes are nested more than ${most} deep`, open, { rule: "limit" });
      this.preprocessor.stop();
    }
    reader.advance();
    let hasChildren = false;
    while (!reader.isAtEnd && !reader.isOperator(Character.closeBrace))
      hasChildren = this.member(node, isFresh, hasChildren);
    this.depth--;
    if (!reader.accept(Character.closeBrace)) {
      reader.error("the node is not closed: expected '}'", reader.gap, {
        related: [{ message: "the node begins here", span: node.nameSpan.start < 0 ? open : node.nameSpan }],
      });
      return;
    }
    this.semicolon("the node's '}'");
  }

  /** One property or child of `node`; true once a child was seen. */
  private member(node: TreeNode, isFresh: boolean, hasChildren: boolean): boolean {
    const { reader } = this;
    let labels = NO_LABELS;
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
      const nameEnd = reader.lastEnd;
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
      this.property(node, name, start, nameEnd, labels, isFresh);
      if (hasChildren) {
        reader.error(
          `property ${name} stands after a child node`,
          { start, end: nameEnd },
          {
            hint: "dtc takes the properties of a node only before its children: move it up",
          },
        );
      }
      return hasChildren;
    }
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
    if (reader.isOperator(Character.ampersand)) {
      reader.error("a reference cannot stand inside a node", reader.span, {
        hint: "write &label { … }; outside of all nodes; a '}' may be missing above",
      });
    } else if (reader.isOperator(Character.semicolon)) {
      reader.error("this ';' ends nothing", reader.span);
      reader.advance();
      return;
    } else reader.error(`expected a property, a node or '}', found ${reader.describe()}`, reader.span);
    this.skipStatement();
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
  ): void {
    const { reader } = this;
    const before = isFresh ? null : this.index.property(node, name);
    const property = before ?? new Property(name, EMPTY);
    let isWhole = true;
    if (reader.accept(Character.equals)) isWhole = this.values.readInto(property);
    else {
      property.value = EMPTY;
      property.marks = [];
    }
    property.placeAt(start, nameEnd, reader.lastEnd);
    property.isDeleted = false;
    this.labelLists.merge(property, labels);
    if (before === null) this.index.addProperty(node, property);
    if (isWhole) {
      if (!reader.accept(Character.semicolon)) this.semicolon(`property ${name}`);
    } else if (
      !reader.accept(Character.semicolon) &&
      !reader.isOperator(Character.closeBrace) &&
      !reader.source.isAtLineStart
    )
      this.skipStatement();
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
    this.semicolon(`${keyword} ${name}`);
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
  private semicolon(what: string): void {
    const { reader } = this;
    if (reader.accept(Character.semicolon)) return;
    const isNextLine = reader.isAtEnd || reader.source.isAtLineStart || reader.isOperator(Character.closeBrace);
    if (isNextLine) {
      reader.error(`expected ';' after ${what}`, reader.gap);
      return;
    }
    reader.error(`expected ';' after ${what}, found ${reader.describe()}`, reader.span);
    this.skipStatement();
  }

  /** Goes past the `;` that ends the statement that is being read, or up to the `}` of the node around it. */
  private skipStatement(): void {
    const { reader } = this;
    let open = 0;
    while (!reader.isAtEnd) {
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

/** Mistakes after which parts of the source are missing. */
const INCOMPLETE = new Set(["include", "preprocessor", "error-directive", "limit"]);

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
