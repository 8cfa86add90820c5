/**
 * One input through everything that a user can put it through, and what must hold whatever the input is: an answer is a
 * tree, or errors that say where; and what is made of a tree is that tree. An exception here is a bug of ours. Time and
 * memory are for the callers to watch.
 */
import { findingLines } from "../../cli/formats/finding-text.ts";
import { sweep } from "../../core/allocator/sweep.ts";
import { checkTree } from "../../core/check.ts";
import { descriptionToTree } from "../../core/description/to-tree.ts";
import { kernelConfig } from "../../core/kernel/config.ts";
import { detectSeries } from "../../core/kernel/detect-series.ts";
import { findRule } from "../../core/rules/catalogue.ts";
import { SERIES } from "../../core/series.ts";
import { isBlob } from "../../dts/blob/header.ts";
import { readBlob } from "../../dts/blob/read-blob.ts";
import { writeBlob } from "../../dts/blob/write-blob.ts";
import { checkStructure } from "../../dts/checks/check-structure.ts";
import type { Diagnostic } from "../../dts/diagnostic.ts";
import type { FileReader, ParseResult } from "../../dts/input.ts";
import { SourceCache } from "../../dts/load-source.ts";
import { applyOverlay } from "../../dts/overlay/apply-overlay.ts";
import { BlobEditor } from "../../dts/overlay/edit-blob.ts";
import { parseSource } from "../../dts/parse-source.ts";
import { SourceMap } from "../../dts/source.ts";
import { addSymbols } from "../../dts/symbols-node.ts";
import type { DeviceTree } from "../../dts/tree.ts";
import { writeJson } from "../../dts/write-json.ts";
import { nameUnfitForSource, writeSource } from "../../dts/write-source.ts";
import { writeYaml } from "../../dts/write-yaml.ts";
import { parseYaml } from "../../dts/yaml/parse.ts";
import { validateDescription } from "../../schema/validate-description.ts";
import { validateTree } from "../../schema/validate-tree.ts";
import { gathered } from "../dts/gathered.ts";

/** `overlay`: {@link FuzzInput.bytes} are applied to {@link FuzzInput.base}; each is source or a blob, as it shows. */
export type InputKind = "dts" | "dtb" | "yaml" | "overlay";

export interface FuzzInput {
  readonly kind: InputKind;
  readonly bytes: Uint8Array;
  readonly base?: Uint8Array;
  /** Of source: one that is parsed before it with the same cache. */
  readonly before?: Uint8Array;
}

/** What stands around an input: its name, and the files that its includes find. */
export interface Surroundings {
  readonly path: string;
  readonly files: FileReader;
  readonly includeDirs: readonly string[];
}

/** What must hold did not. */
export class BrokenPromise extends Error {
  override readonly name = "broken promise";
}

/** The errors of the input itself; none where it gives a tree. */
export interface Outcome {
  readonly errors: readonly Diagnostic[];
}

/** Puts an input through parser, schema, every series, proof, workload, report and writers. Throws where a promise is broken. */
export function runInput(input: FuzzInput, around: Surroundings): Outcome {
  if (input.kind === "overlay") return runOverlay(input.base!, input.bytes, around);
  const parsed = parse(input.kind, input.bytes, around);
  const outcome = checkAnswer(parsed, input.kind);
  if (input.before !== undefined) checkCache(latin1(input.before), latin1(input.bytes), parsed, around);
  if (parsed.tree !== null) runTree(parsed.tree, parsed.sources, input.kind);
  return outcome;
}

function parse(kind: Exclude<InputKind, "overlay">, bytes: Uint8Array, around: Surroundings): ParseResult {
  const { path, files, includeDirs } = around;
  if (kind === "dtb") return readBlob(bytes);
  if (kind === "dts") return parseSource(path, latin1(bytes), { files, includeDirs });
  const { document, diagnostics, sources } = parseYaml(path, new TextDecoder().decode(bytes));
  if (document === null) return { tree: null, diagnostics, sources };
  const described = [...diagnostics, ...validateDescription(document)];
  if (described.some(isError)) return { tree: null, diagnostics: described, sources };
  for (const series of SERIES) descriptionToTree(document, series);
  const written = descriptionToTree(document, "rfc-v3");
  return { ...written, diagnostics: [...described, ...written.diagnostics] };
}

/** What one parse leaves in a cache changes nothing in the next. */
function checkCache(
  before: string,
  text: string,
  alone: ParseResult,
  { path, files, includeDirs }: Surroundings,
): void {
  const cache = new SourceCache(files);
  parseSource(path, before, { files, includeDirs, cache });
  const after = parseSource(path, text, { files, includeDirs, cache });
  const told = ({ diagnostics }: ParseResult): string =>
    diagnostics.map(({ rule, message, span }) => `${span.start}-${span.end} ${rule} ${message}`).join("\n");
  promise(told(after) === told(alone), "with a cache that was used before, the report is another one");
  if (alone.tree === null || after.tree === null) return;
  promise(
    isSame(writeBlob(after.tree), writeBlob(alone.tree)),
    "with a cache that was used before, the tree is another",
  );
}

function runOverlay(baseBytes: Uint8Array, overlayBytes: Uint8Array, around: Surroundings): Outcome {
  const { files, includeDirs } = around;
  const sources = new SourceMap();
  const read = (path: string, bytes: Uint8Array): ParseResult =>
    isBlob(bytes) ? readBlob(bytes) : parseSource(path, latin1(bytes), { files, includeDirs, sources });
  const base = read("base.dts", baseBytes);
  const baseOutcome = checkAnswer(base, isBlob(baseBytes) ? "dtb" : "dts");
  const overlay = read("overlay.dts", overlayBytes);
  const overlayOutcome = checkAnswer(overlay, isBlob(overlayBytes) ? "dtb" : "dts");
  if (base.tree === null || overlay.tree === null) {
    return { errors: [...baseOutcome.errors, ...overlayOutcome.errors] };
  }
  for (const { error } of [addSymbols(base.tree), addSymbols(overlay.tree)]) {
    if (error !== null) return { errors: [error] };
  }
  const before = writeBlob(base.tree);
  const applied = applyOverlay(base.tree, overlay.tree);
  promise(isSame(before, writeBlob(base.tree)), "applying an overlay changed the base");
  const outcome = checkAnswer({ ...applied, sources }, "dtb");
  if (applied.tree === null) return outcome;
  const editor = new BlobEditor(before);
  editor.apply(applied.edits);
  const edited = readBlob(editor.take());
  promise(edited.tree !== null, `the edited blob is refused: ${edited.diagnostics[0]?.message}`);
  const isCut = base.tree.memReserves.some(({ size }) => size === 0n);
  promise(isCut || isSame(writeBlob(edited.tree!), writeBlob(applied.tree)), "the edited blob is another tree");
  runTree(applied.tree, sources, "dts");
  return outcome;
}

/** As many errors as are gathered, and as many warnings, of which a blob may have one a node. */
const MAX_ERRORS = 200;

function checkAnswer({ tree, diagnostics, sources }: ParseResult, kind: Exclude<InputKind, "overlay">): Outcome {
  const errors = diagnostics.filter(isError);
  promise((tree === null) === errors.length > 0, "a tree, or errors, and not both");
  promise(errors.length <= MAX_ERRORS, `${errors.length} errors`);
  if (kind !== "dtb") for (const error of errors) checkPlace(error, sources);
  showAll(diagnostics, sources, kind);
  return { errors };
}

function isError({ severity }: Diagnostic): boolean {
  return severity === "error";
}

function checkPlace({ rule, span, message }: Diagnostic, sources: SourceMap): void {
  const location = sources.locate(span);
  promise(location !== null, `${rule} has no place: ${message}`);
  const { file, line, column, endLine, endColumn } = location!;
  promise(line >= 0 && column >= 1, `${rule} at ${file}:${line}:${column}`);
  // Line markers may count lines as they like.
  const isBackwards = span.end < span.start || (endLine === line && endColumn < column);
  promise(!isBackwards, `${rule} ends before it begins: ${message}`);
}

/** Lines of a report have no control characters but tabs, which are source's. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f-\x9f]/;

/** Reports are for people: of many, the first ones do. */
const MAX_SHOWN = 50;

function showAll(diagnostics: readonly Diagnostic[], sources: SourceMap, kind: InputKind): void {
  const context = { input: "input", sources, isBytes: kind !== "yaml", paint: (text: string) => text };
  for (const diagnostic of diagnostics.slice(0, MAX_SHOWN)) {
    promise(findRule(diagnostic.rule) !== null, `${diagnostic.rule} is no rule of the catalogue`);
    for (const line of findingLines(diagnostic, context)) {
      promise(!CONTROL.test(line), `a control character in the report of ${diagnostic.rule}: ${JSON.stringify(line)}`);
    }
  }
}

function runTree(tree: DeviceTree, sources: SourceMap, kind: InputKind): void {
  showAll(validateTree(tree), sources, kind);
  const structure = checkStructure(tree);
  promise(structure.length <= MAX_ERRORS + 1, `${structure.length} findings about the structure`);
  showAll(structure, sources, kind);
  detectSeries(tree);
  for (const series of SERIES) {
    const config = kernelConfig({ series });
    const { boot, proof, findings } = checkTree(tree, config);
    showAll(findings, sources, kind);
    if (boot.outcome !== "managed" || proof === null) continue;
    const options = { maxOrder: config.maxOrder, seed: 1, operations: SWEPT_OPERATIONS, isBounded: true };
    const { violations } = sweep(boot.regions, series, options);
    promise(!proof.safe || violations === 0, `${violations} violations in a layout that is proved safe by ${series}`);
  }
  checkWriters(tree);
}

/** Of the workload: it is told what to look at by the layout, and looks at the edges first. */
const SWEPT_OPERATIONS = 500;

/** What is written reads back as the same tree: the blob without a complaint, the source wherever source can say it. */
function checkWriters(tree: DeviceTree): void {
  const blob = writeBlob(tree);
  const again = readBlob(blob);
  promise(again.tree !== null, `our own blob is refused: ${again.diagnostics.find(isError)?.message}`);
  // A reservation of size 0 ends the list for whoever reads it, here as in dtc and Linux.
  if (tree.memReserves.some(({ size }) => size === 0n)) return;
  promise(isSame(writeBlob(again.tree!), blob), "blob, tree, blob differ");
  // Both have each piece of a value on a line of its own, behind as many blanks as the node is deep.
  writeYaml(tree, () => {});
  const json: string[] = [];
  let jsonCharacters = 0;
  writeJson(tree, (piece) => {
    jsonCharacters += piece.length;
    if (jsonCharacters < MAX_PARSED_CHARACTERS) json.push(piece);
  });
  if (jsonCharacters < MAX_PARSED_CHARACTERS) JSON.parse(json.join(""));
  if (nameUnfitForSource(tree) !== null || hasTwins(tree) || namesItself(tree)) return;
  for (const source of [gathered(writeSource, tree), gathered(writeSource, again.tree!)]) {
    const options = { files: { read: () => ({ kind: "missing" as const }) }, includeDirs: [] };
    const parsed = parseSource("written.dts", source, options);
    const [first] = parsed.diagnostics;
    if (parsed.tree === null && first !== undefined && REFUSED_TREES.has(first.rule)) continue;
    promise(parsed.tree !== null, `our own source is refused: ${first?.message} [${first?.rule}]`);
    parsed.tree!.bootCpuId = tree.bootCpuId;
    promise(isSame(writeBlob(parsed.tree!), blob), "blob and source of one tree differ");
  }
}

const MAX_PARSED_CHARACTERS = 1 << 24;

/** What a blob may hold that no source may: the rules are about the finished tree. */
const REFUSED_TREES = new Set(["explicit_phandles", "name_properties", "limit"]);

function hasTwins({ root }: DeviceTree): boolean {
  for (const { children, properties } of root.walk()) {
    for (const list of [children, properties]) {
      if (new Set(list.map(({ name }) => name)).size < list.length) return true;
    }
  }
  return false;
}

/** A `name` that says what the node's own name says is left out by compilers of source, dtc's `name_properties`. */
function namesItself({ root }: DeviceTree): boolean {
  for (const node of root.walk()) {
    const property = node.property("name");
    const baseName = node.name.split("@", 1)[0]!;
    if (property?.length === baseName.length + 1 && latin1(property.value).startsWith(baseName)) return true;
  }
  return false;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

function promise(holds: boolean, what: string): void {
  if (!holds) throw new BrokenPromise(what);
}

export function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}
