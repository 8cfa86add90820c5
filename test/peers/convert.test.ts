import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { folderReader } from "../../cli/live-tree-folder.ts";
import { readBlob } from "../../dts/blob/read-blob.ts";
import { type BlobOptions, writeBlob } from "../../dts/blob/write-blob.ts";
import { structureErrors } from "../../dts/checks/check-structure.ts";
import { readLiveTree } from "../../dts/live-tree/read-live-tree.ts";
import { SourceCache } from "../../dts/load-source.ts";
import { parseSource } from "../../dts/parse-source.ts";
import { sortTree } from "../../dts/sort-tree.ts";
import { addSymbols } from "../../dts/symbols-node.ts";
import type { DeviceTree, TreeNode } from "../../dts/tree.ts";
import { writeSource } from "../../dts/write-source.ts";
import { writeYaml } from "../../dts/write-yaml.ts";
import { gathered } from "../dts/gathered.ts";
import { parse } from "../dts/memory-files.ts";
import { dtc, eachAtOnce, outputOf, preprocess } from "./processes.ts";
import { boardSources, diskFiles, linuxSource, requireProgram } from "./tools.ts";

beforeAll(() => {
  requireProgram("cpp", "cpp");
  requireProgram("dtc", "device-tree-compiler");
});

/** dtc 1.6 writes strings that it guesses as one, with `\0` between; before and after that they are a list, as ours are. */
const stringsAsList = (text: string) => text.replaceAll("\\0", '", "');

/** dtc notes each local fixup as a list of its own; ours are not noted, so they are one list. */
const fixupsAsOneList = (text: string, between: string, joined: string) => {
  const at = text.indexOf("__local_fixups__");
  return at < 0 ? text : text.slice(0, at) + text.slice(at).replaceAll(between, joined);
};

/** dtc loses the target of an overlay's fragment, of which it knows only that it is a reference. */
const withTargets = (text: string) => text.replaceAll("target: []", "target: [[!phandle 0xffffffff]]");

describe("the text that dtc writes for the boards of the kernel", () => {
  let differing: Map<string, string[]>;

  beforeAll(async () => {
    const top = linuxSource();
    const includeDirs = [`${top}/scripts/dtc/include-prefixes`];
    const cache = new SourceCache(diskFiles);
    const boards = boardSources(top);
    const found = await eachAtOnce(boards, (board) => compareTexts(board, includeDirs, cache));
    const name = (board: string) => relative(`${top}/arch/arm64/boot/dts`, board);
    differing = new Map(boards.map((board, index) => [name(board), found[index]!]));
  });

  async function compareTexts(board: string, includeDirs: readonly string[], cache: SourceCache): Promise<string[]> {
    const preprocessed = await preprocess(board, includeDirs);
    const { tree } = parseSource(board, readFileSync(board, "latin1"), { files: diskFiles, includeDirs, cache });
    const blob = writeBlob(tree!);
    const [source, yaml, sourceOfBlob] = await Promise.all([
      dtc(preprocessed, ["-I", "dts", "-O", "dts"], board),
      dtc(preprocessed, ["-I", "dts", "-O", "yaml"], board),
      dtc(blob, ["-I", "dtb", "-O", "dts"]),
    ]);
    const found: string[] = [];
    const compare = (what: string, ours: string, theirs: string) => {
      if (ours !== theirs) found.push(what);
    };
    compare("source", gathered(writeSource, tree!), fixupsAsOneList(source.toString("latin1"), ">, <", " "));
    compare("yaml", gathered(writeYaml, tree!), fixupsAsOneList(withTargets(yaml.toString("latin1")), "], [", ", "));
    compare(
      "source of blob",
      gathered(writeSource, readBlob(blob).tree!),
      stringsAsList(sourceOfBlob.toString("latin1")),
    );
    return found;
  }

  test.each(["source", "source of blob", "yaml"])("is ours too, for all of them: %s", (what) => {
    expect([...differing].filter(([, found]) => found.includes(what)).map(([board]) => board)).toEqual([]);
  });
});

const SOURCE = `/dts-v1/;
/memreserve/ 0x20000000 0x1000;
r0: /memreserve/ 0x10000000 0x2000;
/memreserve/ 0x10000000 0x1000;
/ {
	zeta;
	alpha = "one", "two";
	b: a: node@2 { reg = <2>; link = <&late>; };
	node@10 { reg = <10>; };
	late: node@1 { reg = <1>; deep: deeper { self = <&deep>; }; };
	/omit-if-no-ref/ gone { };
	cpus { cpu@3 { reg = <3>; }; cpu@0 { reg = <0>; }; };
};
first: &a { };
second: &a { again: sub { }; };
`;

const LAYOUTS: readonly [string, readonly string[], BlobOptions][] = [
  ["as it is", [], {}],
  ["with free reservations", ["-R", "5"], { reserveSlots: 5 }],
  ["padded by a byte", ["-p", "1"], { padBytes: 1 }],
  ["padded and aligned", ["-p", "1000", "-a", "64"], { padBytes: 1000, alignBytes: 64 }],
  ["of a least size", ["-S", "4096"], { minimumBytes: 4096 }],
  ["of a least size that it exceeds", ["-S", "10"], { minimumBytes: 10 }],
  ["of a least size that is aligned", ["-S", "5000", "-a", "4096"], { minimumBytes: 5000, alignBytes: 4096 }],
  ["of a least size that it exceeds, aligned", ["-S", "10", "-a", "128"], { minimumBytes: 10, alignBytes: 128 }],
  ["aligned to 8", ["-a", "8"], { alignBytes: 8 }],
  ["aligned to 64 KiB", ["-a", "65536"], { alignBytes: 65536 }],
  ["with all of these", ["-R", "3", "-p", "7", "-a", "16"], { reserveSlots: 3, padBytes: 7, alignBytes: 16 }],
];

describe("a blob", () => {
  test.each(LAYOUTS)("%s is dtc's", async (_what, flags, options) => {
    expect(hex(writeBlob(parse(SOURCE).tree!, options))).toBe(hex(await dtc(SOURCE, ["-O", "dtb", ...flags])));
  });

  const CHANGES: readonly [string, readonly string[], (tree: DeviceTree) => void][] = [
    ["with symbols", ["-@"], addSymbols],
    ["sorted", ["-s"], sortTree],
    [
      "with symbols, sorted",
      ["-@", "-s"],
      (tree) => {
        addSymbols(tree);
        sortTree(tree);
      },
    ],
    [
      "for another boot CPU",
      ["-b", "7"],
      (tree) => {
        tree.bootCpuId = 7;
      },
    ],
  ];

  test.each(CHANGES)("%s is dtc's", async (_what, flags, change) => {
    const { tree } = parse(SOURCE);
    change(tree!);
    expect(hex(writeBlob(tree!))).toBe(hex(await dtc(SOURCE, ["-O", "dtb", ...flags])));
  });

  test("of an overlay with symbols is dtc's: these stand before the fixups", async () => {
    const overlay = `/dts-v1/;
/plugin/;
&base { inner: child { link = <&inner &other>; }; };
`;
    const { tree } = parse(overlay);
    addSymbols(tree!);
    expect(hex(writeBlob(tree!))).toBe(hex(await dtc(overlay, ["-O", "dtb", "-@"])));
  });

  test("of an overlay whose __fixups__ has names that no property of source may have is dtc's", async () => {
    const overlay = "/dts-v1/;\n/plugin/;\n&l { t = <&{/q@10}>; };\n&name { };\n&reg { };\n";
    const { tree } = parse(overlay);
    expect(structureErrors(tree!)).toEqual([]);
    expect(hex(writeBlob(tree!))).toBe(hex(await dtc(overlay, ["-O", "dtb"])));
  });

  test("that has symbols already keeps them, as dtc does", async () => {
    const source = `/dts-v1/;
/ { __symbols__ { x = "/elsewhere"; }; x: here { }; y: there { }; };
`;
    const { tree } = parse(source);
    expect(addSymbols(tree!).kept).toEqual(["x"]);
    expect(hex(writeBlob(tree!))).toBe(hex(await dtc(source, ["-O", "dtb", "-@"])));
  });
});

/** What dtc's own text of these does not read back as, or dtc stops at: see writeSource. */
const AWKWARD: readonly [string, string][] = [
  ["a NUL before a digit", '"a\\0001", "\\0007", "8\\0008"'],
  ["bytes beyond ASCII in strings", '"caf\\xc3\\xa9", "\\xffa", "\\x7f"'],
  ["every escape", '"\\a\\b\\t\\n\\v\\f\\r\\"\\\\\\x01\\x1b"'],
  ["an empty list beside another", "<>, <1>, [], [02]"],
  ["cells of every width", "/bits/ 8 <1 2>, /bits/ 16 <0x1234>, /bits/ 64 <0x123456789abcdef0 1>, [00 0f]"],
  ["strings and cells", '"x", <1>, "y", [00], ""'],
];

describe("our source, read by dtc, is the same blob", () => {
  test.each(AWKWARD)("%s", async (_what, value) => {
    const source = `/dts-v1/;\n/ { p = ${value}; };\n`;
    const blob = await dtc(source, ["-O", "dtb"]);
    const fromSource = gathered(writeSource, parse(source).tree!);
    const fromBlob = gathered(writeSource, readBlob(blob).tree!);
    expect(hex(await dtc(fromSource, ["-O", "dtb"]))).toBe(hex(blob));
    expect(hex(await dtc(fromBlob, ["-O", "dtb"]))).toBe(hex(blob));
  });

  test("names that a preprocessor would take for directives", async () => {
    const source = "/dts-v1/;\n/ { \\#define; \\#if = <1>; \\#include-dirs; \\#line; #address-cells = <1>; };\n";
    const blob = await dtc(source, ["-O", "dtb"]);
    const { tree } = readBlob(blob);
    expect(hex(await dtc(gathered(writeSource, tree!), ["-O", "dtb"]))).toBe(hex(blob));
    const cpp = await outputOf("cpp", ["-nostdinc", "-undef", "-x", "assembler-with-cpp", "-P", "-"], {
      input: gathered(writeSource, tree!),
    });
    expect(hex(await dtc(cpp, ["-O", "dtb"]))).toBe(hex(blob));
  });
});

describe("YAML", () => {
  test.each([
    ["long strings, folded", `"${"word ".repeat(60)}end", "  two  blanks  ${"x ".repeat(50)} ", "short"`],
    ["long lists", `<${"0x12345678 ".repeat(40)}>, /bits/ 8 <${"1 ".repeat(60)}>`],
    ["a list after a long string", `"${"x".repeat(100)}", <1 2>, "y"`],
    ["every escape", '"\\a\\b\\t\\n\\v\\f\\r\\"\\\\\\x01\\x1b\\x7f\'"'],
    ["references", "<&n 1 &n>, <2>, &n"],
  ])("%s is folded and escaped as by dtc", async (_what, value) => {
    const source = `/dts-v1/;\n/ { a { b { p = ${value}; }; }; n: n { }; };\n`;
    const { tree } = parse(source);
    expect(gathered(writeYaml, tree!)).toBe((await dtc(source, ["-O", "yaml"])).toString());
  });

  test("names that need quotes are quoted as by dtc", async () => {
    const names = [
      "#a",
      "-",
      "?",
      "*a",
      "@a",
      ",a",
      "---",
      "-a",
      "a#",
      "...",
      "k".repeat(129),
      "k".repeat(128),
      "1",
      "true",
    ];
    const source = `/dts-v1/;\n/ { ${names.map((name) => `\\${name};`).join(" ")} ${names.map((name) => `n${name} { };`).join(" ")} \\#n { }; };\n`;
    const { tree } = parse(source);
    expect(gathered(writeYaml, tree!)).toBe((await dtc(source, ["-O", "yaml", "-f"])).toString());
  });
});

describe("a live tree's folder", () => {
  /** Writes a tree as Linux shows it, `name` properties included. */
  function writeFolder(node: TreeNode, folder: string): void {
    mkdirSync(folder);
    writeFileSync(join(folder, "name"), `${node.name.split("@")[0]}\0`);
    for (const { name, value } of node.properties) writeFileSync(join(folder, name), value);
    for (const child of node.children) writeFolder(child, join(folder, child.name));
  }

  test.each(["arm/juno-r2.dts", "qcom/sdm845-mtp.dts", "rockchip/rk3399-gru-bob.dts"])(
    "%s comes out as by dtc, sorted",
    async (board) => {
      const top = linuxSource();
      const path = `${top}/arch/arm64/boot/dts/${board}`;
      const includeDirs = [`${top}/scripts/dtc/include-prefixes`];
      const { tree } = parseSource(path, readFileSync(path, "latin1"), { files: diskFiles, includeDirs });
      const folder = join(mkdtempSync(join(tmpdir(), "carveout-live-")), "base");
      writeFolder(tree!.root, folder);
      const live = readLiveTree(folderReader(folder));
      expect(live.diagnostics).toEqual([]);
      // dtc guesses the boot CPU by the order of the folder, which is anybody's guess.
      live.tree!.bootCpuId = 5;
      const theirs = await outputOf("dtc", ["-q", "-I", "fs", "-O", "dtb", "-s", "-b", "5", folder]);
      expect(hex(writeBlob(live.tree!))).toBe(hex(theirs));
    },
  );
});

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
