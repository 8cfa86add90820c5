import fc from "fast-check";
import { expect, test } from "vitest";
import { readBlob } from "../../dts/blob/read-blob.ts";
import { writeBlob } from "../../dts/blob/write-blob.ts";
import { applyOverlay } from "../../dts/overlay/apply-overlay.ts";
import { BlobEditor } from "../../dts/overlay/edit-blob.ts";
import { parseSource } from "../../dts/parse-source.ts";
import { addSymbols } from "../../dts/symbols-node.ts";
import type { DeviceTree } from "../../dts/tree.ts";
import { memoryFiles } from "./memory-files.ts";
import { CHANGEABLE_BASE, CHANGEABLE_OVERLAY, changeAtRandom, type Random } from "./overlay-pairs.ts";

function blobOf(source: string): Uint8Array {
  const tree = parseSource("t.dts", source, { files: memoryFiles({}), includeDirs: [] }).tree!;
  addSymbols(tree);
  return writeBlob(tree);
}

const BASE = blobOf(CHANGEABLE_BASE);
const OVERLAY = blobOf(CHANGEABLE_OVERLAY);

/** What holds whatever the trees are: an answer, and a tree that is the edited blob's. */
function expectAnswer(base: DeviceTree, baseBlob: Uint8Array, overlay: DeviceTree): void {
  const { tree, diagnostics, edits } = applyOverlay(base, overlay);
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  expect(tree === null).toBe(errors.length > 0);
  for (const { message, hint } of diagnostics) expect(`${message}${hint}`).not.toMatch(/undefined|NaN|\[object/);
  if (tree === null) return;
  const editor = new BlobEditor(baseBlob);
  editor.apply(edits);
  const edited = readBlob(editor.take());
  expect(edited.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  expect(Buffer.compare(writeBlob(edited.tree!), writeBlob(tree))).toBe(0);
}

const change = fc.record({ at: fc.nat(), byte: fc.nat(255) });

test("overlay blobs with any bytes changed are applied or refused with reasons", { timeout: 60_000 }, () => {
  const base = readBlob(BASE).tree!;
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      const bytes = new Uint8Array(OVERLAY);
      for (const { at, byte } of changes) bytes[at % bytes.length] = byte;
      const { tree } = readBlob(bytes);
      if (tree !== null) expectAnswer(base, BASE, tree);
    }),
    { numRuns: 2000 },
  );
});

test("so are overlays with nodes, properties, lists of references and phandles changed, on bases that are changed", {
  timeout: 60_000,
}, () => {
  const random = fc.infiniteStream(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }));
  fc.assert(
    fc.property(random, fc.nat(6), fc.nat(3), (stream, overlayChanges, baseChanges) => {
      const next: Random = () => stream.next().value;
      const base = readBlob(BASE).tree!;
      const overlay = readBlob(OVERLAY).tree!;
      for (let i = 0; i < overlayChanges; i++) changeAtRandom(overlay, next);
      for (let i = 0; i < baseChanges; i++) changeAtRandom(base, next);
      const baseBlob = writeBlob(base);
      expectAnswer(readBlob(baseBlob).tree!, baseBlob, readBlob(writeBlob(overlay)).tree!);
    }),
    { numRuns: 2000 },
  );
});
