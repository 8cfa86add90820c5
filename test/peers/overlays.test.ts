import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { readBlob } from "../../dts/blob/read-blob.ts";
import { writeBlob } from "../../dts/blob/write-blob.ts";
import { applyOverlay } from "../../dts/overlay/apply-overlay.ts";
import { BlobEditor } from "../../dts/overlay/edit-blob.ts";
import { parseSource } from "../../dts/parse-source.ts";
import { SourceMap } from "../../dts/source.ts";
import { addSymbols } from "../../dts/symbols-node.ts";
import type { DeviceTree } from "../../dts/tree.ts";
import { BASE, MISTAKES, overlayText } from "../dts/overlay-mistakes.ts";
import { CHANGEABLE_BASE, CHANGEABLE_OVERLAY, changeAtRandom, randomPair, seeded } from "../dts/overlay-pairs.ts";
import { ARM64, KERNEL_PAIRS, UNITTEST, UNITTEST_PAIRS } from "./kernel-overlays.ts";
import { checkAsJson, compileWithDtc, diskFiles, dumpQemuBlob, linuxSource, requireProgram } from "./tools.ts";

const CHANGED_PAIRS = Number(process.env.CHANGED_PAIRS ?? 200);

let top: string;
let folder: string;
let includeDirs: string[];

beforeAll(() => {
  requireProgram("cpp", "cpp");
  requireProgram("dtc", "device-tree-compiler");
  requireProgram("fdtoverlay", "device-tree-compiler");
  top = linuxSource();
  folder = mkdtempSync(join(tmpdir(), "carveout-overlays-"));
  includeDirs = [`${top}/scripts/dtc/include-prefixes`];
});

/** What fdtoverlay said last. */
let fdtoverlayWords = "";

/** What fdtoverlay makes of blobs; null where it refuses. Some overlays make it grow without end: that is to refuse, too. */
function fdtoverlay(base: Uint8Array, overlays: readonly Uint8Array[]): Buffer | null {
  const names = overlays.map((overlay, index) => {
    const name = join(folder, `overlay-${index}.dtbo`);
    writeFileSync(name, overlay);
    return name;
  });
  const baseName = join(folder, "base.dtb");
  const out = join(folder, "out.dtb");
  writeFileSync(baseName, base);
  rmSync(out, { force: true });
  const limited = ["-c", 'ulimit -v 1000000; exec fdtoverlay "$@"', "fdtoverlay"];
  const run = spawnSync("bash", [...limited, "-i", baseName, "-o", out, ...names], { timeout: 20_000 });
  fdtoverlayWords = run.stderr.toString();
  return run.status === 0 && existsSync(out) ? readFileSync(out) : null;
}

/** The overlays applied by us, in turn, and written as libfdt writes; null where we refuse. `blob` is the base's. */
function applied(base: DeviceTree, blob: Uint8Array, overlays: readonly DeviceTree[]): Uint8Array | null {
  const editor = new BlobEditor(blob);
  let tree = base;
  for (const overlay of overlays) {
    const result = applyOverlay(tree, overlay);
    if (result.tree === null) return null;
    tree = result.tree;
    editor.apply(result.edits);
  }
  const edited = editor.take();
  // The tree and the edited blob tell the same: what the blob reads as is the tree.
  expect(Buffer.compare(writeBlob(readBlob(edited).tree!), writeBlob(tree))).toBe(0);
  return edited;
}

function appliedBlobs(base: Uint8Array, overlays: readonly Uint8Array[]): Uint8Array | null {
  const trees = overlays.map((overlay) => readBlob(overlay).tree!);
  return applied(readBlob(base).tree!, base, trees);
}

/** The same from the sources, with all labels known, as with `dtc -@`. */
function appliedSources(base: string, overlays: readonly string[]): Uint8Array | null {
  const sources = new SourceMap();
  const [baseTree, ...trees] = [base, ...overlays].map((path) => {
    const options = { files: diskFiles, includeDirs, sources };
    const { tree } = parseSource(path, readFileSync(path, "latin1"), options);
    addSymbols(tree!);
    return tree!;
  });
  return applied(baseTree!, writeBlob(baseTree!), trees);
}

function expectSame(ours: Uint8Array | null, theirs: Buffer | null, about = ""): void {
  expect(ours === null, about).toBe(theirs === null);
  if (ours !== null && theirs !== null) expect(Buffer.compare(ours, theirs), about).toBe(0);
}

describe.each([
  ["boards and overlays under arch/arm64/boot/dts", ARM64, KERNEL_PAIRS],
  ["the kernel's own tests, drivers/of/unittest-data", UNITTEST, UNITTEST_PAIRS],
])("%s: the bytes are fdtoverlay's, or both refuse", (_name, under, list) => {
  test.each(list.map((names) => [names.join(" + "), names] as const))("%s", (_pair, names) => {
    const [base, ...overlays] = names.map((name) => join(top, under, `${name}.dts`));
    for (const flags of [[], ["-@"]]) {
      const baseBlob = compileWithDtc(base!, includeDirs, ["-@"]);
      const blobs = overlays.map((overlay) => compileWithDtc(overlay, includeDirs, flags));
      const theirs = fdtoverlay(baseBlob, blobs);
      expectSame(appliedBlobs(baseBlob, blobs), theirs);
      if (flags.length > 0) expectSame(appliedSources(base!, overlays), theirs);
    }
  });
});

/** Blobs as dtc -@ makes them of texts. */
function compileTexts(...texts: readonly string[]): Buffer[] {
  const path = join(folder, "text.dts");
  return texts.map((text) => {
    writeFileSync(path, text);
    return compileWithDtc(path, [], ["-@"]);
  });
}

describe("pairs of ours", () => {
  test.each(MISTAKES)("$name: fdtoverlay refuses too, with the error that we name, or does what we say", (mistake) => {
    const [base, overlay] = compileTexts(`/dts-v1/;\n${mistake.base ?? BASE}`, overlayText(mistake.overlay));
    const theirs = fdtoverlay(base!, [overlay!]);
    expect(theirs === null).toBe(mistake.severity === undefined && mistake.fdtoverlay !== "applies");
    if (mistake.fdtoverlay !== undefined) {
      expect(fdtoverlayWords).not.toContain("FDT_ERR");
      return;
    }
    expectSame(appliedBlobs(base!, [overlay!]), theirs);
    if (theirs !== null) return;
    const { diagnostics } = applyOverlay(readBlob(base!).tree!, readBlob(overlay!).tree!);
    expect(fdtoverlayWords).toContain(/FDT_ERR_[A-Z]+/.exec(diagnostics[0]!.message)![0]);
  });

  test("tag storage for QEMU's own blob, which libfdt made and which has no labels", () => {
    requireProgram("qemu-system-aarch64", "qemu-system-arm");
    const path = join(folder, "qemu.dtb");
    dumpQemuBlob(path, ["-m", "4G"]);
    const base = readFileSync(path);
    const overlay = compileWithDtc("examples/tag-storage-overlay.dts", []);
    const theirs = fdtoverlay(base, [overlay]);
    expect(theirs).not.toBeNull();
    expectSame(appliedBlobs(base, [overlay]), theirs);
    const { status, report } = checkAsJson(path, "-a", "examples/tag-storage-overlay.dts");
    expect(report).toMatchObject({ series: "rfc-v3", outcome: "managed", safe: true });
    expect(status).toBe(0);
  });

  test("carveout convert -a writes what dtc -@ and fdtoverlay write", () => {
    const files = ["base.dts", "first.dts", "second.dts"].map((name) => join(folder, name));
    const texts = [
      `/dts-v1/;\n${BASE}`,
      overlayText("&uart0 { new: n { }; };"),
      overlayText("&new { p = <&uart1>; };"),
    ];
    texts.forEach((text, index) => {
      writeFileSync(files[index]!, text);
    });
    const [base, ...overlays] = compileTexts(...texts);
    const ours = join(folder, "ours.dtb");
    const args = ["convert", files[0]!, "-a", files[1]!, "-a", files[2]!, "-O", "dtb", "-o", ours];
    const run = spawnSync(process.execPath, ["dist/cli/main.js", ...args], { encoding: "utf8" });
    expect(run.stderr).toBe("");
    expectSame(readFileSync(ours), fdtoverlay(base!, overlays));
  });
});

describe("pairs made at random", () => {
  test("from source: the bytes are fdtoverlay's, or both refuse", () => {
    let appliedPairs = 0;
    for (let seed = 1; seed <= 100; seed++) {
      const { base, overlay } = randomPair(seeded(seed));
      const paths = [join(folder, "random.dts"), join(folder, "random-overlay.dts")] as const;
      writeFileSync(paths[0], base);
      writeFileSync(paths[1], overlay);
      const [baseBlob, overlayBlob] = compileTexts(base, overlay);
      const theirs = fdtoverlay(baseBlob!, [overlayBlob!]);
      expectSame(appliedBlobs(baseBlob!, [overlayBlob!]), theirs, `seed ${seed}`);
      expectSame(appliedSources(paths[0], [paths[1]]), theirs, `seed ${seed}`);
      if (theirs !== null) appliedPairs++;
    }
    expect(appliedPairs).toBeGreaterThan(50);
  });

  test("blobs with nodes, properties and values changed: the bytes are fdtoverlay's, or both refuse", () => {
    const [base, overlay] = compileTexts(CHANGEABLE_BASE, CHANGEABLE_OVERLAY);
    let appliedPairs = 0;
    for (let seed = 1; seed <= CHANGED_PAIRS; seed++) {
      const random = seeded(seed);
      const trees = [readBlob(base!).tree!, readBlob(overlay!).tree!] as const;
      for (let i = Math.floor(random() * 3); i >= 0; i--) changeAtRandom(trees[1], random);
      if (random() < 0.3) changeAtRandom(trees[0], random);
      const [baseBlob, overlayBlob] = [writeBlob(trees[0]), writeBlob(trees[1])];
      const theirs = fdtoverlay(baseBlob, [overlayBlob]);
      expectSame(appliedBlobs(baseBlob, [overlayBlob]), theirs, `seed ${seed}`);
      if (theirs !== null) appliedPairs++;
    }
    expect(appliedPairs).toBeGreaterThan(CHANGED_PAIRS / 5);
  });
});
