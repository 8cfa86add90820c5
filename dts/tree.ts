/**
 * The device tree that everything else looks at: nodes, properties, and where each part of them stands in the source.
 * What the bytes of a property mean is left to its reader, as in the flattened format.
 */
import { grown } from "./grown.ts";
import { NO_POSITION, NO_SPAN, type Position, type SourceMap, type Span } from "./source.ts";

export interface Label {
  readonly name: string;
  readonly span: Span;
}

/** What a stretch of a property's bytes was written as. */
export const MarkKind = {
  /** A cell of `bits` bits: a literal, a character or an expression. */
  cell: 0,
  /** A 32-bit cell that holds the phandle of the node that `text` names (`&label`, or `&{/path}` as `/path`). */
  phandle: 1,
  /** The full path, as a string, of the node that `text` names (a reference outside a cell list). */
  path: 2,
  /** A string, its closing NUL included. */
  string: 3,
  /** A byte string, `[…]`. */
  bytes: 4,
  /** The content of a file, `/incbin/`. */
  incbin: 5,
  /** A label that stands inside the value, before the byte at `offset`. */
  label: 6,
} as const;

export type MarkKind = (typeof MarkKind)[keyof typeof MarkKind];

/** One piece of a property's value as it was written. */
export interface Mark {
  readonly kind: MarkKind;
  /** First byte of the piece in the value. */
  readonly offset: number;
  /** Width of a cell, 8 to 64; 0 for anything else. */
  readonly bits: number;
  /** The label or path of a reference, the name of a label; empty for anything else. */
  readonly text: string;
  readonly span: Span;
}

const NO_LABELS: readonly Label[] = [];
const NO_MARKS: readonly Mark[] = [];
const NO_BYTES = new Uint8Array(0);

/** What can tell the marks of a property by two numbers, when somebody asks. */
export interface MarkSource {
  read(from: number, to: number): Mark[];
}

/** Where the marks of source properties are kept: five numbers a mark, made into objects only when somebody looks. */
export class MarkTable implements MarkSource {
  private data = new Int32Array(1 << 10);
  private readonly texts: string[] = [""];
  count = 0;

  add(kind: MarkKind, bits: number, offset: number, text: string, start: number, end: number): void {
    const at = this.count * 5;
    if (at + 5 > this.data.length) this.data = grown(this.data, this.data.length * 2);
    this.data[at] = kind | (bits << 8);
    this.data[at + 1] = offset;
    this.data[at + 2] = text === "" ? 0 : this.texts.push(text) - 1;
    this.data[at + 3] = start;
    // What begins in a macro's argument may end in the macro, which stands before it.
    this.data[at + 4] = Math.max(start, end);
    this.count++;
  }

  read(from: number, to: number): Mark[] {
    const marks: Mark[] = [];
    for (let i = from; i < to; i++) {
      const at = i * 5;
      marks.push({
        kind: (this.data[at]! & 0xff) as MarkKind,
        bits: this.data[at]! >> 8,
        offset: this.data[at + 1]!,
        text: this.texts[this.data[at + 2]!]!,
        span: { start: this.data[at + 3]!, end: this.data[at + 4]! },
      });
    }
    return marks;
  }
}

/** A property: a name and its bytes, which may be none. */
export class Property {
  readonly name: string;
  /** Labels that stand before the name. */
  labels: readonly Label[] = NO_LABELS;
  /** While the source is parsed: deleted, its place kept. Never true in a finished tree. */
  isDeleted = false;
  /** True where the value may hold references that are still to be resolved. */
  hasReferences = false;
  /** True where the value may hold labels. */
  hasLabelMarks = false;
  // A board has thousands of properties, of which few are ever looked at: values, marks and spans are kept as numbers
  // until somebody asks.
  private chunk: Uint8Array;
  private chunkFrom = 0;
  private chunkTo: number;
  private heldMarks: readonly Mark[] | MarkSource = NO_MARKS;
  private markFrom = 0;
  private markTo = 0;
  private nameStart: Position = NO_POSITION;
  private nameEnd: Position = NO_POSITION;
  private start: Position = NO_POSITION;
  private end: Position = NO_POSITION;

  constructor(name: string, value: Uint8Array) {
    this.name = name;
    this.chunk = value;
    this.chunkTo = value.length;
  }

  /** A copy whose value can be changed by itself. */
  copy(): Property {
    const { chunk, chunkFrom, chunkTo } = this;
    const copy = new Property(this.name, chunkFrom === chunkTo ? NO_BYTES : chunk.slice(chunkFrom, chunkTo));
    copy.labels = this.labels;
    copy.hasReferences = this.hasReferences;
    copy.hasLabelMarks = this.hasLabelMarks;
    copy.heldMarks = this.heldMarks;
    copy.markFrom = this.markFrom;
    copy.markTo = this.markTo;
    copy.nameStart = this.nameStart;
    copy.nameEnd = this.nameEnd;
    copy.start = this.start;
    copy.end = this.end;
    return copy;
  }

  /** The value as it would stand in a blob, big-endian. */
  get value(): Uint8Array {
    const { chunk, chunkFrom, chunkTo } = this;
    if (chunkTo - chunkFrom !== chunk.length)
      this.keepValue(chunk.subarray(chunkFrom, chunkTo), 0, chunkTo - chunkFrom);
    return this.chunk;
  }

  set value(value: Uint8Array) {
    this.keepValue(value, 0, value.length);
  }

  /** Bytes of the value. */
  get length(): number {
    return this.chunkTo - this.chunkFrom;
  }

  /** The name. */
  get nameSpan(): Span {
    return { start: this.nameStart, end: this.nameEnd };
  }

  set nameSpan(span: Span) {
    this.nameStart = span.start;
    this.nameEnd = span.end;
  }

  /** From the name to the end of the value, without the semicolon. */
  get span(): Span {
    return { start: this.start, end: this.end };
  }

  set span(span: Span) {
    this.start = span.start;
    this.end = span.end;
  }

  /** Says where the property stands: its name from `start` to `nameEnd`, with its value to `end`. */
  placeAt(start: Position, nameEnd: Position, end: Position): void {
    this.nameStart = start;
    this.nameEnd = nameEnd;
    this.start = start;
    this.end = end;
  }

  /** Takes bytes `from … to` of a larger array for the value. */
  keepValue(chunk: Uint8Array, from: number, to: number): void {
    this.chunk = chunk;
    this.chunkFrom = from;
    this.chunkTo = to;
  }

  /** Writes the value into `target` from `at` on. */
  copyValue(target: Uint8Array, at: number): void {
    const { chunk, chunkFrom, chunkTo } = this;
    if (chunkTo - chunkFrom > 64) target.set(chunk.subarray(chunkFrom, chunkTo), at);
    else for (let i = chunkFrom; i < chunkTo; i++) target[at++] = chunk[i]!;
  }

  /** Writes a 32-bit cell at a byte offset of the value. */
  setCell(offset: number, cell: number): void {
    const { chunk } = this;
    const at = this.chunkFrom + offset;
    chunk[at] = cell >>> 24;
    chunk[at + 1] = cell >>> 16;
    chunk[at + 2] = cell >>> 8;
    chunk[at + 3] = cell;
  }

  /** The pieces of the value as written, in order; empty where there is no source. */
  get marks(): readonly Mark[] {
    const marks = this.readMarks();
    this.heldMarks = marks;
    return marks;
  }

  /** The same for who looks once: what is not kept takes no memory when a whole tree was looked through. */
  readMarks(): readonly Mark[] {
    const { heldMarks } = this;
    return "read" in heldMarks ? heldMarks.read(this.markFrom, this.markTo) : heldMarks;
  }

  set marks(marks: readonly Mark[]) {
    this.heldMarks = marks;
  }

  /** Takes what `table` gives for `from` and `to` for this property's marks. */
  keepMarks(table: MarkSource, from: number, to: number): void {
    this.heldMarks = table;
    this.markFrom = from;
    this.markTo = to;
  }

  /** What {@link keepMarks} took, if nobody has put others in its place. */
  get markSource(): MarkSource | null {
    return "read" in this.heldMarks ? this.heldMarks : null;
  }

  /** The second number that {@link keepMarks} took. */
  get markEnd(): number {
    return this.markTo;
  }

  /** The value in whole 32-bit cells; bytes beyond the last whole cell are left out. */
  get cellCount(): number {
    return this.value.length >>> 2;
  }

  /** The 32-bit cell at `index`; 0 beyond the end. */
  cell(index: number): number {
    const at = index * 4;
    const value = this.value;
    if (at + 4 > value.length) return 0;
    return ((value[at]! << 24) | (value[at + 1]! << 16) | (value[at + 2]! << 8) | value[at + 3]!) >>> 0;
  }

  /**
   * `count` cells from `index` on as one big-endian number of `count * 32` bits; cells beyond the end count as 0. Who has
   * `count` from a tree (`#address-cells`) bounds it: the time grows with its square.
   */
  cells(index: number, count: number): bigint {
    let value = 0n;
    for (let i = 0; i < count; i++) value = (value << 32n) | BigInt(this.cell(index + i));
    return value;
  }

  /** The NUL-terminated strings of the value; a last one that lacks its NUL counts too. */
  strings(): string[] {
    const strings: string[] = [];
    const value = this.value;
    for (let start = 0; start < value.length; ) {
      const nul = value.indexOf(0, start);
      const end = nul < 0 ? value.length : nul;
      strings.push(latin1(value, start, end));
      start = end + 1;
    }
    return strings;
  }

  /** Where the byte at `offset` of the value was written; the whole property where no piece says. */
  spanAt(offset: number): Span {
    let found: Mark | null = null;
    for (const mark of this.marks) {
      if (mark.offset > offset) break;
      if (mark.kind !== MarkKind.label) found = mark;
    }
    return found === null ? this.span : found.span;
  }
}

/** A node, with its properties and children in the order of the source. */
export class TreeNode {
  /** With its unit address, `memory@80000000`; empty for the root. */
  readonly name: string;
  readonly parent: TreeNode | null;
  labels: readonly Label[] = NO_LABELS;
  properties: Property[] = [];
  children: TreeNode[] = [];
  /** The name where it is first written; the `/` of the root. */
  nameSpan: Span = NO_SPAN;
  /** While the source is parsed: deleted, its place kept. Never true in a finished tree. */
  isDeleted = false;
  /** `/omit-if-no-ref/`: left out of the finished tree where nothing refers to it. */
  omitIfUnused = false;

  constructor(name: string, parent: TreeNode | null) {
    this.name = name;
    this.parent = parent;
  }

  /** The full path: `/` for the root, `/soc/uart@1000` below. */
  get path(): string {
    if (this.parent === null) return "/";
    const above = this.parent.path;
    return above === "/" ? `/${this.name}` : `${above}/${this.name}`;
  }

  /** 0 for the root, 1 for its children, as the kernel counts when it scans a flat tree. */
  get depth(): number {
    let depth = 0;
    for (let node = this.parent; node !== null; node = node.parent) depth++;
    return depth;
  }

  /** What stands after the `@`; null where there is no `@`. */
  get unitAddress(): string | null {
    const at = this.name.indexOf("@");
    return at < 0 ? null : this.name.slice(at + 1);
  }

  property(name: string): Property | null {
    const { properties } = this;
    for (let i = 0; i < properties.length; i++) if (properties[i]!.name === name) return properties[i]!;
    return null;
  }

  /** The child of exactly this name, unit address included. */
  child(name: string): TreeNode | null {
    const { children } = this;
    for (let i = 0; i < children.length; i++) if (children[i]!.name === name) return children[i]!;
    return null;
  }

  /** Appends a child and gives it. */
  addChild(name: string, nameSpan: Span = NO_SPAN): TreeNode {
    const child = new TreeNode(name, this);
    child.nameSpan = nameSpan;
    this.children.push(child);
    return child;
  }

  /** Appends a property and gives it; `span` is taken for its name too. */
  addProperty(name: string, value: Uint8Array, span: Span = NO_SPAN): Property {
    const property = new Property(name, value);
    property.nameSpan = span;
    property.span = span;
    this.properties.push(property);
    return property;
  }

  /** The phandle, by `phandle` or else `linux,phandle`; null where there is neither or it is no cell. */
  get phandle(): number | null {
    const property = this.property("phandle") ?? this.property("linux,phandle");
    return property !== null && property.value.length === 4 ? property.cell(0) : null;
  }

  /** This node and all below it, each before its children, in order, as a list. */
  list(): TreeNode[] {
    const nodes: TreeNode[] = [];
    const stack: TreeNode[] = [this];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      nodes.push(node);
      const { children } = node;
      for (let i = children.length - 1; i >= 0; i--) stack.push(children[i]!);
    }
    return nodes;
  }

  /** This node and all below it, each before its children, in order. */
  *walk(): Generator<TreeNode> {
    const stack: TreeNode[] = [this];
    while (stack.length > 0) {
      const node = stack.pop()!;
      yield node;
      for (let i = node.children.length - 1; i >= 0; i--) stack.push(node.children[i]!);
    }
  }
}

/** A range that the boot program is to keep, from `/memreserve/` or the blob's reservation block. */
export interface MemReserve {
  readonly address: bigint;
  readonly size: bigint;
  readonly labels: readonly Label[];
  readonly span: Span;
}

export class DeviceTree {
  readonly root: TreeNode;
  readonly sources: SourceMap;
  memReserves: MemReserve[] = [];
  /** True where the source says `/plugin/`: an overlay. */
  isPlugin = false;
  /** The blob's `boot_cpuid_phys`. */
  bootCpuId = 0;
  /** The `__fixups__` that were added to an overlay's source; null where none were, or the source has the node itself. */
  addedFixups: TreeNode | null = null;

  constructor(root: TreeNode, sources: SourceMap) {
    this.root = root;
    this.sources = sources;
  }

  /** The node at a full path of exact names; null where there is none. */
  nodeAt(path: string): TreeNode | null {
    let node: TreeNode | null = this.root;
    for (const name of path.split("/")) {
      if (name === "") continue;
      node = node.child(name);
      if (node === null) return null;
    }
    return node;
  }

  /** The first node, in order, that has this phandle; null where none has. */
  nodeByPhandle(phandle: number): TreeNode | null {
    for (const node of this.root.walk()) if (node.phandle === phandle) return node;
    return null;
  }
}

/** Bytes as characters of the same number: device tree strings have no encoding of their own. */
export function latin1(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let text = "";
  if (end - start <= SHORT) {
    for (let i = start; i < end; i++) text += String.fromCharCode(bytes[i]!);
    return text;
  }
  // Character by character, a long text would be a chain of strings.
  for (let at = start; at < end; at += LATIN1_PIECE) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(end, at + LATIN1_PIECE)));
  }
  return text;
}

const SHORT = 12;
const LATIN1_PIECE = 1 << 10;

/** Cells as a property's bytes, big-endian. */
export function cellsToBytes(cells: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(cells.length * 4);
  for (let i = 0; i < cells.length; i++) {
    const cell = cells[i]!;
    bytes[i * 4] = cell >>> 24;
    bytes[i * 4 + 1] = cell >>> 16;
    bytes[i * 4 + 2] = cell >>> 8;
    bytes[i * 4 + 3] = cell;
  }
  return bytes;
}

/** Strings as a property's bytes, each with its NUL. Characters above 255 are written as UTF-8. */
export function stringsToBytes(strings: readonly string[]): Uint8Array {
  return encoder.encode(strings.map((text) => `${text}\0`).join(""));
}

const encoder = new TextEncoder();
