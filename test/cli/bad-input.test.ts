import { describe, expect, test } from "vitest";
import { carveout, folderWith, fvpSource } from "./program.ts";

const board = fvpSource();
const machine = `memory:
  - name: dram
    base: 0x80000000
    size: 2G
tag-storage:
  - base: 0x8f8000000
    size: 64M
    block-size: 4k
    memory: dram
`;

/** A blob of no more than its header, with one word changed. */
function blob(changes: Readonly<Record<number, number>> = {}): Uint8Array {
  const structure = [1, 0, 2, 9];
  const words = [0xd00dfeed, 72, 56, 72, 40, 17, 16, 0, 0, structure.length * 4, 0, 0, 0, 0, ...structure];
  for (const [index, word] of Object.entries(changes)) words[Number(index)] = word;
  const bytes = new DataView(new ArrayBuffer(words.length * 4));
  for (const [index, word] of words.entries()) bytes.setUint32(index * 4, word);
  return new Uint8Array(bytes.buffer);
}

interface BadInput {
  readonly content: string | Uint8Array;
  /** Rule, line and column of each error; blobs have no place. */
  readonly errors: readonly (readonly [rule: string, line?: number, column?: number])[];
}

const BAD_INPUTS: Readonly<Record<string, BadInput>> = {
  "missing-semicolon.dts": {
    content: board.replace("block-size = <0x1000>;", "block-size = <0x1000>"),
    errors: [["syntax", 16, 24]],
  },
  "unknown-label.dts": { content: board.replace("<&memory0>", "<&memory1>"), errors: [["phandle_references", 17, 13]] },
  "duplicate-label.dts": {
    content: board.replace("\tmemory@880000000", "\tmemory0: memory@880000000"),
    errors: [["duplicate_label", 9, 2]],
  },
  "open-string.dts": { content: board.replace('tag-storage";', "tag-storage;"), errors: [["syntax", 14, 16]] },
  "no-include.dts": { content: `#include <nowhere.h>\n${board}`, errors: [["include", 1, 1]] },
  "loop.dts": { content: `#include "loop.dts"\n${board}`, errors: [["include", 1, 1]] },
  "open-if.dts": { content: `#if 1\n${board}`, errors: [["preprocessor", 1, 1]] },
  "wide-cell.dts": {
    content: board.replace("0x8 0xf8000000", "0x8f8000000 0x0"),
    errors: [["cell-range", 15, 10]],
  },
  "truncated.dtb": { content: blob().subarray(0, 60), errors: [["blob-truncated"]] },
  "outside.dtb": { content: blob({ 2: 0x10000 }), errors: [["blob-offset"]] },
  "tab.yaml": {
    content: machine.replace("    base: 0x80000000", "\tbase: 0x80000000"),
    errors: [["yaml-tab-indent", 3, 1]],
  },
  "no-field.yaml": {
    content: machine.replace("    size: 64M\n", ""),
    errors: [["description-missing-field", 6, 5]],
  },
  "reg-length.dts": {
    content: board.replace("0x0 0x4000000>", "0x4000000>"),
    errors: [["reg-short", 15, 3]],
  },
  "dangling-phandle.dts": { content: board.replace("<&memory0>", "<0x77>"), errors: [["memory-node", 17, 3]] },
  "several.dts": {
    content: board
      .replace('tag-storage";', "tag-storage;")
      .replace("<0x1000>;", "<0x1000>")
      .replace("<&memory0>", "<&memroy0>"),
    errors: [
      ["syntax", 14, 16],
      ["syntax", 16, 24],
      ["phandle_references", 17, 13],
    ],
  },
};

interface Finding {
  readonly rule: string;
  readonly severity: string;
  readonly message: string;
  readonly location: { readonly file: string; readonly line: number; readonly column: number } | null;
}

const names = Object.keys(BAD_INPUTS);
const folder = folderWith(Object.fromEntries(names.map((name) => [name, BAD_INPUTS[name]!.content])));
const asJson = carveout(["check", "--format", "json", ...names], { cwd: folder });
const reports = JSON.parse(asJson.out) as { input: string; findings: Finding[] }[];
const asText = carveout(["check", ...names], { cwd: folder });

describe("bad input is reported at its place, with exit code 1 and nothing beside the report", () => {
  test("all of it in one call, nothing on standard error", () => {
    expect([asJson.code, asJson.err]).toEqual([1, ""]);
    expect([asText.code, asText.err]).toEqual([1, ""]);
    expect(reports.map(({ input }) => input)).toEqual(names);
  });

  test.each(names)("%s", (name) => {
    const report = reports.find(({ input }) => input === name)!;
    const errors = report.findings.filter(({ severity }) => severity === "error");
    expect(
      errors.map(({ rule, location }) => [rule, ...(location === null ? [] : [location.line, location.column])]),
    ).toEqual(BAD_INPUTS[name]!.errors);
    for (const { rule, message, location } of errors) {
      const place = location === null ? name : `${location.file}:${location.line}:${location.column}`;
      expect(asText.out).toContain(`${place}: error: ${message.split("; ")[0]}`);
      expect(asText.out).toContain(`[${rule}]`);
    }
  });
});
