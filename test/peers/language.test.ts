import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { writeBlob } from "../../dts/blob/write-blob.ts";
import { LANGUAGE_CASES } from "../dts/language-cases.ts";
import { parse } from "../dts/memory-files.ts";
import { compileWithDtc, requireProgram } from "./tools.ts";

beforeAll(() => {
  requireProgram("cpp", "cpp");
  requireProgram("dtc", "device-tree-compiler");
});

describe("each part of the language, as cpp and dtc read it", () => {
  test.each(LANGUAGE_CASES)("$name", ({ source, files }) => {
    const folder = mkdtempSync(join(tmpdir(), "carveout-language-"));
    for (const [path, text] of Object.entries({ ...files, "board.dts": source })) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text, "latin1");
    }
    const theirs = compileWithDtc(join(folder, "board.dts"), [join(folder, "inc")]);
    const { tree } = parse(source, files);
    expect(tree).not.toBeNull();
    expect(Buffer.from(writeBlob(tree!)).toString("hex")).toBe(theirs.toString("hex"));
  });
});
