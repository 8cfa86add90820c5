import { describe, expect, test } from "vitest";
import type { Span } from "../../dts/source.ts";
import { type DeviceTree, MarkKind } from "../../dts/tree.ts";
import { parse } from "./memory-files.ts";

const FILES: Readonly<Record<string, string>> = {
  "inc/macros.h": "#define BASE 0x80000000\n#define PAIR(hi, lo) hi lo\n",
  "soc.dtsi": '/ {\n\tuart: uart@1000 {\n\t\treg = <0x1000 0x100>;\n\t\tcompatible = "a,b", "c";\n\t};\n};\n',
};

const SOURCE = `/dts-v1/;
#include <macros.h>
#include "soc.dtsi"
/ {
	mem: memory@80000000 {
		reg = <PAIR(0x0, BASE) (1 + 2)>, [00 11], "s", &uart;
		target = <&uart 'x'>;
		empty;
	};
};
&uart { status = "okay"; };
`;

const tree = parse(SOURCE, FILES).tree!;

/** `file:line:column text` of a span. */
function shown(span: Span, from: DeviceTree = tree): string {
  const at = from.sources.locate(span)!;
  const text = at.file === "board.dts" ? SOURCE : FILES[at.file]!;
  const line = text.split("\n")[at.line - 1]!;
  return `${at.file}:${at.line}:${at.column} ${line.slice(at.column - 1, at.line === at.endLine ? at.endColumn - 1 : undefined)}`;
}

describe("every part of a tree knows where it was written", () => {
  test("nodes and labels, in their own files", () => {
    expect(shown(tree.nodeAt("/memory@80000000")!.nameSpan)).toBe("board.dts:5:7 memory@80000000");
    expect(shown(tree.nodeAt("/memory@80000000")!.labels[0]!.span)).toBe("board.dts:5:2 mem");
    expect(shown(tree.nodeAt("/uart@1000")!.nameSpan)).toBe("soc.dtsi:2:8 uart@1000");
    expect(shown(tree.root.nameSpan)).toBe("soc.dtsi:1:1 /");
  });

  test("properties, name and whole; a later value has the later place", () => {
    const uart = tree.nodeAt("/uart@1000")!;
    expect(shown(uart.property("reg")!.span)).toBe("soc.dtsi:3:3 reg = <0x1000 0x100>");
    expect(shown(uart.property("compatible")!.nameSpan)).toBe("soc.dtsi:4:3 compatible");
    expect(shown(uart.property("status")!.span)).toBe('board.dts:11:9 status = "okay"');
    expect(shown(tree.nodeAt("/memory@80000000")!.property("empty")!.span)).toBe("board.dts:8:3 empty");
  });

  test("each cell, string, byte string and reference; a macro's own where it is used, its arguments' where they stand", () => {
    const reg = tree.nodeAt("/memory@80000000")!.property("reg")!;
    expect(reg.marks.map(({ offset, span }) => `${offset} ${shown(span)}`)).toEqual([
      "0 board.dts:6:15 0x0",
      "4 board.dts:6:20 BASE",
      "8 board.dts:6:26 (1 + 2)",
      "12 board.dts:6:37 00 11",
      '14 board.dts:6:45 "s"',
      "16 board.dts:6:50 &uart",
    ]);
    expect(reg.marks.map(({ kind }) => kind)).toEqual([
      MarkKind.cell,
      MarkKind.cell,
      MarkKind.cell,
      MarkKind.bytes,
      MarkKind.string,
      MarkKind.path,
    ]);
    const target = tree.nodeAt("/memory@80000000")!.property("target")!;
    expect(shown(target.spanAt(0))).toBe("board.dts:7:13 &uart");
    expect(shown(target.spanAt(5))).toBe("board.dts:7:19 'x'");
  });

  test("a string's later parts lie in its own span, and a byte beyond the value in the last piece", () => {
    const compatible = tree.nodeAt("/uart@1000")!.property("compatible")!;
    expect(shown(compatible.spanAt(4))).toBe('soc.dtsi:4:23 "c"');
    expect(shown(compatible.spanAt(99))).toBe('soc.dtsi:4:23 "c"');
  });

  test("line markers of a preprocessor give the places of the original files", () => {
    const preprocessed =
      '# 1 "board.dts"\n/dts-v1/;\n# 40 "soc.dtsi" 1\n/ {\n\ta = <1>;\n# 7 "board.dts" 2\n\tb = <2>\n};\n';
    const result = parse(preprocessed);
    const at = result.sources.locate(result.diagnostics[0]!.span);
    expect(at).toMatchObject({ file: "board.dts", line: 7, column: 9 });
    const whole = parse(preprocessed.replace("<2>", "<2>;"));
    const a = whole.tree!.root.property("a")!;
    expect(whole.sources.locate(a.nameSpan)).toMatchObject({ file: "soc.dtsi", line: 41, column: 2 });
  });
});
