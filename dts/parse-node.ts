/**
 * The bodies of nodes, as parse-source.ts gives their grammar: properties, children and what is deleted, read into the
 * tree. Statements that the scanner took whole (statements.ts) are read beside those that came as tokens.
 */
import { LIMITS } from "./limits.ts";
import type { NodeIndex } from "./merge-nodes.ts";
import { misspeltKeyword, passMisspeltDirective } from "./misspelt.ts";
import { reportLongName } from "./name-length.ts";
import type { ValueParser } from "./parse-value.ts";
import type { Position, Span } from "./source.ts";
import type { Leaving, StatementRecovery } from "./statement-recovery.ts";
import { StatementForm } from "./statements.ts";
import type { TokenReader } from "./token-reader.ts";
import { Character, Keyword, TokenKind } from "./tokens.ts";
import { type DeviceTree, type Label, Property, TreeNode } from "./tree.ts";
import type { TreeBuilder } from "./tree-builder.ts";

export class NodeParser {
  private readonly reader: TokenReader;
  private readonly values: ValueParser;
  private readonly recovery: StatementRecovery;
  private readonly builder: TreeBuilder;
  private readonly tree: DeviceTree;
  private readonly index: NodeIndex;
  /** Of nodes, properties and labels, by symbol. */
  private readonly names: readonly string[];
  private readonly parseExtension: (labels: readonly Label[]) => void;
  /** Nodes that are open. */
  private depth = 0;
  /** Nodes above the outermost open one. */
  private depthAbove = 0;
  /** Nodes and properties written so far. */
  private count = 0;
  private leaving: Leaving = "none";
  /** Labels of the statement for which all nodes were left. */
  private leftLabels: readonly Label[] = NO_LABELS;
  /** The brace that opens the innermost body. */
  private bodyOpen: Position = 0;
  /** True while {@link reopen} reads. */
  private isReopened = false;

  /** `parseExtension` reads an `&label { … };` or `&{/path} { … };` that stands in a node by mistake. */
  constructor(
    reader: TokenReader,
    values: ValueParser,
    recovery: StatementRecovery,
    builder: TreeBuilder,
    names: readonly string[],
    parseExtension: (labels: readonly Label[]) => void,
  ) {
    this.reader = reader;
    this.values = values;
    this.recovery = recovery;
    this.builder = builder;
    this.tree = builder.tree;
    this.index = builder.index;
    this.names = names;
    this.parseExtension = parseExtension;
  }

  /** Whether the current token stands in a node. */
  get isInNode(): boolean {
    return this.depth > 0;
  }

  /**
   * `{ … };` into `node`, which an extension or the root's statement is about and which has `depthAbove` nodes above it: by
   * default none, or as many as where the statement stands in a node. A fresh node keeps every property and child as
   * written, duplicates included, for the checks to find; one that is there already takes later ones in the place of
   * earlier ones.
   */
  parse(node: TreeNode, isFresh: boolean, depthAbove: number = this.depthAbove): void {
    const outer = this.depthAbove;
    this.depthAbove = depthAbove;
    this.body(node, isFresh);
    this.depthAbove = outer;
    if (this.depth === 0) this.leaving = "none";
  }

  /** Reads on at the top level as if the body of `node` were still open; the first member has these labels. */
  reopen(node: TreeNode, labels: readonly Label[]): void {
    const { reader } = this;
    this.isReopened = true;
    this.depth++;
    const isClosed = this.members(node, false, labels);
    this.isReopened = false;
    this.leaving = "none";
    if (!isClosed && reader.accept(Character.closeBrace)) reader.accept(Character.semicolon);
  }

  /** The labels of the next statement of the top level that were read in a node by mistake. */
  takeLeftLabels(): readonly Label[] {
    const labels = this.leftLabels;
    this.leftLabels = NO_LABELS;
    return labels;
  }

  private body(node: TreeNode, isFresh: boolean): void {
    const { reader } = this;
    node.isDeleted = false;
    const { source } = reader;
    let isOpen = reader.kind === TokenKind.statement || reader.isOperator(Character.openBrace);
    if (!isOpen) {
      if (!this.recovery.names.lacksOpenBrace()) {
        this.recovery.skipStatement(this.depth > 0);
        return;
      }
      isOpen = reader.isOperator(Character.openBrace);
    }
    const open = { start: source.kind === TokenKind.statement ? source.end - 1 : source.start, end: source.end };
    // The __local_fixups__ of an overlay have its nodes one deeper.
    const most = LIMITS.nodeDepth - (this.tree.isPlugin ? 1 : 0);
    if (++this.depth + this.depthAbove > most) {
      reader.error(`nodes are nested more than ${most} deep`, open, { rule: "limit" });
      source.stop();
    }
    if (isOpen) reader.advanceToMember();
    const outerOpen = this.bodyOpen;
    this.bodyOpen = open.start;
    const isClosed = this.members(node, isFresh, NO_LABELS);
    this.bodyOpen = outerOpen;
    if (isClosed) return;
    if (this.leaving === "one") this.leaving = "none";
    else if (this.leaving === "none") {
      const isInNode = this.depth > 0;
      if (reader.accept(Character.closeBrace)) {
        if (reader.isOperator(Character.closeBrace)) this.recovery.secondBrace(open.start, isInNode ? outerOpen : null);
        this.recovery.expectSemicolon("the node's '}'", isInNode);
      } else {
        this.leaving = "all";
        this.recovery.unclosed(node.nameSpan.start < 0 ? open : node.nameSpan);
      }
    }
  }

  /** The members of `node` up to the `}`, the first with these labels; true where that came with its `;`, and is passed. */
  private members(node: TreeNode, isFresh: boolean, first: readonly Label[]): boolean {
    const { reader } = this;
    let hasChildren = false;
    const { source } = reader;
    for (;;) {
      if (source.kind !== TokenKind.statement) {
        if (reader.isAtEnd || reader.isOperator(Character.closeBrace)) break;
        hasChildren = this.member(node, isFresh, hasChildren, first);
        first = NO_LABELS;
      } else {
        const id = source.value;
        const form = source.tokens.statements.form(id);
        if (form === StatementForm.close) {
          this.depth--;
          if (this.depth > 0) reader.advanceToMember();
          else reader.advance();
          return true;
        }
        hasChildren = this.wholeMember(node, isFresh, hasChildren, id, form);
      }
      if (this.leaving !== "none") break;
    }
    this.depth--;
    return false;
  }

  /** A property or child of `node` whose statement, or its beginning, came whole; true once a child was seen. */
  private wholeMember(node: TreeNode, isFresh: boolean, hasChildren: boolean, id: number, form: number): boolean {
    const { reader } = this;
    const { source } = reader;
    const { statements } = source.tokens;
    // Where the statement's text begins.
    const base = source.start - source.tokens.starts[source.index]!;
    const symbol = statements.symbol(id);
    if (form === StatementForm.open) {
      const label = statements.label(id);
      if (source.isPlainName(symbol) && (label < 0 || source.isPlainName(label))) {
        this.wholeOpening(node, isFresh, id, base);
        return true;
      }
    } else if (!hasChildren && source.isPlainName(symbol)) {
      const name = this.names[symbol]!;
      const start = base + statements.nameStart(id);
      const nameEnd = start + name.length;
      const before = isFresh ? null : this.index.property(node, name);
      const property = before ?? new Property(name, EMPTY);
      let isRead = true;
      if (form !== StatementForm.flag) isRead = this.values.readStatement(property, statements, id, form, base);
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
  private wholeOpening(parent: TreeNode, isFresh: boolean, id: number, base: Position): void {
    const { source } = this.reader;
    const { statements } = source.tokens;
    const labelStart = source.start;
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
      if (reader.kind === TokenKind.keyword && this.leavesForCommand()) return hasChildren;
      if (reader.isKeyword(Keyword.omitIfNoRef)) {
        isOmittable = true;
        reader.advance();
        continue;
      }
      const isEscaped = reader.isOperator(Character.backslash);
      if (reader.isKeyword(Keyword.deleteProperty) || reader.isKeyword(Keyword.deleteNode)) {
        const keyword = reader.source.text;
        reader.advance();
        return this.deletion(node, isFresh, keyword) || hasChildren;
      }
      if (reader.isOperator(Character.slash) && reader.source.guess() !== "top") {
        const keyword = misspeltKeyword(reader);
        if (keyword === "/omit-if-no-ref/") {
          isOmittable = true;
          continue;
        }
        if (keyword?.startsWith("/delete")) return this.deletion(node, isFresh, keyword) || hasChildren;
        if (keyword !== null) {
          this.recovery.skipStatement(true);
          return hasChildren;
        }
      }
      if (isEscaped) reader.advance();
      const { start } = reader;
      const symbol = reader.takeName();
      const isForeign = reader.foreignCharacter !== null && (symbol < 0 || reader.source.isGlued);
      if (symbol < 0 && !isForeign) {
        if (!this.lacksName(node, labels, isFresh)) this.strayMember(labels);
        return hasChildren;
      }
      const written = symbol < 0 ? "" : this.names[symbol]!;
      const name = isForeign ? this.recovery.names.foreignName(written) : written;
      // Of a name that a macro makes, what comes from an argument stands behind the end of the call's own name.
      const nameEnd = Math.max(start, reader.lastEnd);
      let hasEquals = false;
      if (!isEscaped && reader.isOperator(Character.colon) && reader.source.isGlued && LABEL.test(name)) {
        const colon = reader.span;
        reader.advance();
        hasEquals = this.recovery.names.valueAfterColon(name, colon);
        if (!hasEquals) {
          const label = { name, span: { start, end: nameEnd } };
          if (name.length > LIMITS.nameBytes) reportLongName(reader, "label", name, label.span);
          if (labels === NO_LABELS) labels = [label];
          else (labels as Label[]).push(label);
          continue;
        }
      }
      if (name.length > LIMITS.nameBytes) reportLongName(reader, "name", name, { start, end: nameEnd });
      if (++this.count > LIMITS.nodesAndProperties) this.stopAtCount({ start, end: nameEnd });
      if (reader.isOperator(Character.openBrace)) {
        this.child(node, name, { start, end: nameEnd }, labels, isFresh, isOmittable);
        return true;
      }
      const { start: equals } = reader;
      hasEquals = reader.accept(Character.equals) || hasEquals;
      if (hasEquals) {
        if (
          reader.isOperator(Character.openBrace) &&
          this.recovery.names.braceAfterEquals({ start: equals, end: equals + 1 })
        ) {
          this.child(node, name, { start, end: nameEnd }, labels, isFresh, isOmittable);
          return true;
        }
      } else {
        if (!reader.isOperator(Character.semicolon)) {
          if (name.startsWith("#") && passMisspeltDirective(reader, name, { start, end: nameEnd })) return hasChildren;
          const lacking = this.recovery.names.lackingAfter(
            name,
            { start, end: nameEnd },
            labels.length > 0,
            this.bodyOpen,
          );
          if (lacking === "nothing") return hasChildren;
          if (lacking === "address") {
            const address = this.names[reader.takeName()]!;
            this.child(node, `${name}@${address}`, { start, end: reader.lastEnd }, labels, isFresh, isOmittable);
            return true;
          }
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
        // Those that follow it are told by this one, and the '}' of a node whose first line is missing.
        hasChildren = false;
        this.recovery.lacksOpening();
      }
      const { nextLabels } = this.values;
      if (nextLabels === null || isWhole) return hasChildren;
      // Labels on the line after a property without its `;` were read as its own.
      this.values.nextLabels = null;
      labels = nextLabels;
      isOmittable = false;
    }
  }

  private stopAtCount(span: Span): void {
    const message = `the source has more than ${LIMITS.nodesAndProperties} nodes and properties`;
    this.reader.error(message, span, { rule: "limit" });
    this.reader.source.stop();
  }

  /** Reads the body of a node whose name is missing; false where the current token opens none. */
  private lacksName(node: TreeNode, labels: readonly Label[], isFresh: boolean): boolean {
    const { reader } = this;
    // A brace right behind another is one too many.
    if (!reader.isOperator(Character.openBrace) || reader.lastEnd === this.bodyOpen + 1) return false;
    if (this.recovery.isWrongClosing()) return false;
    this.recovery.lacksName(labels.length > 0);
    this.child(node, "", reader.span, labels, isFresh, false);
    return true;
  }

  /** Whether the current member is one that {@link reopen} reads, outside of all nodes. */
  private get isOutside(): boolean {
    return this.isReopened && this.depth === 1;
  }

  /** Whether `/delete-node/ &label;` or `/omit-if-no-ref/ &label;` shows that the `}` above is missing. */
  private leavesForCommand(): boolean {
    const { reader, recovery } = this;
    if (reader.source.guess() !== "top") return false;
    if (!this.isOutside && !recovery.leavesForTop(this.bodyOpen, reader.start, false)) return false;
    this.leaving = "all";
    return true;
  }

  /** What begins no member, or cannot stand here. */
  private strayMember(labels: readonly Label[]): void {
    if (this.reader.source.guess() !== "top") this.leaving = this.recovery.strayMember(this.bodyOpen);
    else if (this.isOutside || this.recovery.strayTop(this.bodyOpen, labels)) {
      this.leaving = "all";
      this.leftLabels = labels;
    } else this.parseExtension(labels);
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
    this.builder.labelNode(child, labels);
    this.body(child, isNew);
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
      isWhole = this.values.readInto(property);
      if (!isWhole) property.hasLabelMarks = false;
    } else {
      this.values.nextLabels = null;
      property.value = EMPTY;
      property.marks = [];
    }
    property.placeAt(start, nameEnd, Math.max(nameEnd, reader.lastEnd));
    property.isDeleted = false;
    if (labels.length > 0) this.builder.labelProperty(property, labels);
    // What was cut short may go on in one of the same name.
    if (before === null && isWhole) this.index.addProperty(node, property);
    if (reader.isOperator(Character.semicolon)) {
      reader.advanceToMember();
      return isWhole;
    }
    if (this.values.nextLabels !== null) {
      const gap = this.values.nextLabelsAt;
      reader.error(`expected ';' after property ${name}`, { start: gap, end: gap });
    } else if (isWhole) {
      // A reference before junk may have been meant to stand in a cell list, a label in a string.
      if (!this.recovery.expectSemicolon(`property ${name}`, true)) forgetMarks(property);
    } else if (!reader.isOperator(Character.closeBrace)) this.recovery.skipStatement(true);
    return false;
  }

  /** `/delete-property/ name;` and `/delete-node/ name;`, whose keyword was passed; true where it was a node. */
  private deletion(node: TreeNode, isFresh: boolean, keyword: string): boolean {
    const { reader } = this;
    const isNode = keyword === "/delete-node/";
    const span = reader.span;
    if (reader.isOperator(Character.backslash)) reader.advance();
    const symbol = reader.takeName();
    if (++this.count > LIMITS.nodesAndProperties) this.stopAtCount(span);
    if (symbol < 0) {
      const hint = isNode ? { hint: "inside a node, name the child; &label goes outside of all nodes" } : {};
      reader.error(`${keyword} takes a name here, not ${reader.describe()}`, span, hint);
      this.recovery.skipStatement(true);
      return isNode;
    }
    const name = this.names[symbol]!;
    if (isNode) this.builder.deleteChild(node, name, isFresh);
    else this.builder.deleteProperty(node, name, isFresh);
    this.recovery.expectSemicolon(`${keyword} ${name}`, true);
    return isNode;
  }
}

function forgetMarks(property: Property): void {
  property.hasReferences = false;
  property.hasLabelMarks = false;
}

const EMPTY = new Uint8Array(0);
const NO_LABELS: readonly Label[] = [];
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
