import { describe, expect, test } from "vitest";
import { allRules, findRule } from "../../core/rules/catalogue.ts";
import { STRUCTURE_RULES } from "../../core/rules/structure.ts";
import { readBlob } from "../../dts/blob/read-blob.ts";
import { writeBlob } from "../../dts/blob/write-blob.ts";
import { checkStructure, structureErrors } from "../../dts/checks/check-structure.ts";
import { CHECKS } from "../../dts/checks/table.ts";
import { LIMITS } from "../../dts/limits.ts";
import { SourceMap } from "../../dts/source.ts";
import { cellsToBytes, DeviceTree, TreeNode } from "../../dts/tree.ts";
import {
  bareBoard,
  board,
  FAILING_BLOBS,
  FAILING_SOURCES,
  PREREQUISITE_SOURCES,
  SOUND_BLOBS,
  SOUND_SOURCES,
} from "./check-cases.ts";
import { parse } from "./memory-files.ts";

/** The tree of a source that the parser has nothing against. */
function treeOf(source: string): DeviceTree {
  const { tree, diagnostics } = parse(source);
  expect(diagnostics).toEqual([]);
  return tree!;
}

/** `check node marked`, each finding of a source. */
function found(source: string): string[] {
  const tree = treeOf(source);
  return checkStructure(tree).map(({ rule, node, span }) => `${rule} ${node} ${marked(tree, span)}`);
}

function marked({ sources }: DeviceTree, span: { start: number; end: number }): string {
  const { column, endColumn } = sources.locate(span)!;
  return sources.lineText(span.start)!.slice(column - 1, endColumn - 1);
}

function checksOf(tree: DeviceTree): Set<string> {
  return new Set(checkStructure(tree).map(({ rule }) => rule));
}

describe("source", () => {
  test.each(FAILING_SOURCES)("$check: $what", ({ check, contents, node, marked: at }) => {
    expect(found(board(contents))).toEqual([`${check} ${node} ${at}`]);
  });

  test.each(SOUND_SOURCES)("sound: %s", (_what, contents) => {
    expect(found(board(contents))).toEqual([]);
  });

  test("the cells that a finding counts by are shown, where there are some", () => {
    const [finding] = checkStructure(treeOf(board("n@1 { reg = <0 1 1>; };")));
    expect(finding!.related!.map(({ message }) => message)).toEqual([
      "#address-cells of the root",
      "#size-cells of the root",
    ]);
    expect(finding!.message).toContain("with #address-cells 2 and #size-cells 2 of the root it takes a multiple of 4");
    expect(checkStructure(treeOf(bareBoard("n@1 { reg = <0 1>; };")))[0]!.related).toBeUndefined();
  });

  test("a root without cells is said to have neither, once for each node that is counted by them", () => {
    const findings = checkStructure(treeOf(bareBoard("n@1 { reg = <0 1 1>; };\nm@2 { reg = <0 2 1>; };")));
    expect(findings.map(({ rule, node }) => `${rule} ${node}`)).toEqual([
      "avoid_default_addr_size /n@1",
      "avoid_default_addr_size /m@2",
    ]);
    expect(findings[0]!.message).toContain("the root has no #address-cells and no #size-cells");
  });

  test("a reg in the root is one mistake to reg_format and another to unit_address_vs_reg, as with dtc", () => {
    expect(found(board("reg = <0 0 0 1>;"))).toEqual(["reg_format / reg = <0 0 0 1>", "unit_address_vs_reg / /"]);
  });

  test("a device without reg on a simple bus is told of by both checks, as with dtc", () => {
    const contents = 'b { compatible = "simple-bus"; #address-cells = <1>; #size-cells = <1>; n@1 { }; };';
    expect(found(board(contents))).toEqual([
      "avoid_unnecessary_addr_size /b #address-cells = <1>",
      "unit_address_vs_reg /b/n@1 n@1",
      "simple_bus_reg /b/n@1 n@1",
    ]);
  });

  test("three nodes of one unit address: each but the last is told of, with the next one", () => {
    const reg = "reg = <0 1 0 1>;";
    const findings = checkStructure(
      treeOf(board(`a@1 { ${reg} }; b@1 { ${reg} }; c@2 { reg = <0 2 0 1>; }; d@1 { ${reg} };`)),
    );
    expect(findings.map(({ node, message }) => `${node}: ${message}`)).toEqual([
      "/a@1: a@1 and b@1 of the root have one unit address",
      "/b@1: b@1 and d@1 of the root have one unit address",
    ]);
  });

  test("findings stand in the order of the tree, those of one node in the order of the table", () => {
    expect(found(board("model = <0>;\nn@1 { status = <1>; };\nm@2 { };"))).toEqual([
      "model_is_string / model = <0>",
      "status_is_string /n@1 status = <1>",
      "unit_address_vs_reg /n@1 n@1",
      "unit_address_vs_reg /m@2 m@2",
    ]);
  });

  test("children that the source deletes again count for nothing, unlike with dtc", () => {
    const cells = "#address-cells = <1>; #size-cells = <0>;";
    expect(found(board(`b { ${cells} n { }; };\n};\n/ {\nb { /delete-node/ n; };`))).toEqual([]);
  });

  test("the lists that a compiler adds to an overlay are not looked at, though the overlay is", () => {
    const { tree } = parse("/dts-v1/;\n/plugin/;\n&base { bad@1 { link = <&l>; }; l: good { }; };\n");
    expect(tree!.nodeAt("/__local_fixups__/fragment@0/__overlay__/bad@1")).not.toBeNull();
    expect(checkStructure(tree!).map(({ rule, node }) => `${rule} ${node}`)).toEqual([
      "unit_address_vs_reg /fragment@0/__overlay__/bad@1",
    ]);
  });

  test("nor are the properties of its __fixups__, which are called as labels and paths are", () => {
    const { tree } = parse("/dts-v1/;\n/plugin/;\n&reg { };\n&name { };\n&phandle { path = <&{/q@10}>; };\n");
    const names = tree!.nodeAt("/__fixups__")!.properties.map(({ name }) => name);
    expect(names).toEqual(["reg", "name", "phandle", "/q@10"]);
    expect(checkStructure(tree!)).toEqual([]);
  });

  test("a __fixups__ that stands in the source itself is looked at", () => {
    const { tree } = parse("/dts-v1/;\n/plugin/;\n/ { __fixups__ { a@1; }; };\n&base { };\n");
    expect(checkStructure(tree!).map(({ rule, node }) => `${rule} ${node}`)).toEqual([
      "property_name_chars /__fixups__",
    ]);
  });
});

describe("blobs", () => {
  test.each(FAILING_BLOBS)("$check: $what", ({ check, tree, node }) => {
    for (const each of [tree(), readBlob(writeBlob(tree())).tree!]) {
      expect(checkStructure(each).map(({ rule, node: at }) => `${rule} ${at}`)).toEqual([`${check} ${node}`]);
    }
  });

  test.each(SOUND_BLOBS)("sound: %s", (_what, tree) => {
    expect(checkStructure(tree())).toEqual([]);
  });

  test("a phandle that is taken names its owner, the first to have it by either name", () => {
    const root = new TreeNode("", null);
    const first = root.addChild("first");
    first.addProperty("phandle", cellsToBytes([0, 1]));
    first.addProperty("linux,phandle", cellsToBytes([7]));
    root.addChild("second").addProperty("phandle", cellsToBytes([7]));
    const findings = checkStructure(new DeviceTree(root, new SourceMap()));
    expect(findings.map(({ message }) => message)).toEqual([
      "phandle of first has 8 bytes, not the 4 of a phandle",
      "phandle 0x7 of second is that of /first already",
    ]);
  });
});

describe("the table", () => {
  test("has a failing tree for each check, and names no prerequisite that is not in it", () => {
    const names = CHECKS.map(({ name }) => name);
    expect(new Set([...FAILING_SOURCES, ...FAILING_BLOBS].map(({ check }) => check))).toEqual(new Set(names));
    for (const { after } of CHECKS) for (const name of after) expect(names).toContain(name);
  });

  test.each(CHECKS)("$name is in the catalogue, as severe as there", ({ name, severity }) => {
    expect(findRule(name)).toMatchObject({ severity, series: null });
  });

  test("its errors are found by themselves too", () => {
    for (const { check, contents } of FAILING_SOURCES) {
      for (const isParsed of [false, true]) {
        const errors = structureErrors(treeOf(board(contents)), isParsed).map(({ rule }) => rule);
        expect(errors).toEqual(findRule(check)!.severity === "error" ? [check] : []);
      }
    }
    for (const { check, tree } of FAILING_BLOBS)
      expect(structureErrors(tree()).map(({ rule }) => rule)).toEqual([check]);
  });

  test.each(PREREQUISITE_SOURCES)("$check is not made where $before found something", (source) => {
    const { check, before, failing, prerequisite } = source;
    const checks = checksOf(treeOf(board(`${prerequisite} ${failing}`)));
    expect(checks).toContain(before);
    expect(checks).not.toContain(check);
    expect(checksOf(treeOf(board(failing)))).toContain(check);
  });
});

describe("the catalogue", () => {
  test("has the rules of the table, and no other, among the structure rules", () => {
    expect(new Set(STRUCTURE_RULES.map(({ id }) => id))).toEqual(new Set(CHECKS.map(({ name }) => name)));
    expect(allRules).toEqual(expect.arrayContaining([...STRUCTURE_RULES]));
  });

  /** What an example breaks, in the parser or in the checks. */
  function broken(contents: string): Set<string> {
    const { tree, diagnostics } = parse(bareBoard(contents));
    return tree === null ? new Set(diagnostics.map(({ rule }) => rule)) : checksOf(tree);
  }

  test.each(STRUCTURE_RULES.map(({ id, bad, good }) => [id, bad, good] as const))(
    "%s: the bad example breaks it, the good one does not",
    (id, bad, good) => {
      expect(broken(bad)).toContain(id);
      expect(broken(good)).not.toContain(id);
    },
  );
});

describe("a hostile tree", () => {
  function hostile(fill: (root: TreeNode) => void): DeviceTree {
    const root = new TreeNode("", null);
    for (const name of ["#address-cells", "#size-cells"]) root.addProperty(name, cellsToBytes([2]));
    fill(root);
    return new DeviceTree(root, new SourceMap());
  }

  /** To compare each with each would take longer than a test may. */
  const MANY = 100_000;
  const REG = cellsToBytes([0, 1, 0, 1]);

  test.each([
    [
      "100,000 nodes of one unit address",
      (root: TreeNode) => {
        for (let i = 0; i < MANY; i++) root.addChild(`n${i}@1`).addProperty("reg", REG);
      },
      ["unique_unit_address"],
      MANY - 1,
    ],
    [
      "100,000 nodes of one name",
      (root: TreeNode) => {
        for (let i = 0; i < MANY; i++) root.addChild("n");
      },
      ["duplicate_node_names"],
      MANY - 1,
    ],
    [
      "100,000 properties of one name",
      (root: TreeNode) => {
        const node = root.addChild("n");
        for (let i = 0; i < MANY; i++) node.addProperty("p", REG);
      },
      ["duplicate_property_names"],
      MANY - 1,
    ],
    [
      "100,000 properties and nodes of the same names",
      (root: TreeNode) => {
        for (let i = 0; i < MANY; i++) root.addProperty(`n${i}`, REG);
        for (let i = 0; i < MANY; i++) root.addChild(`n${i}`);
      },
      ["node_name_vs_property_name"],
      MANY,
    ],
    [
      "100,000 nodes of the phandle of a node 500 deep",
      (root: TreeNode) => {
        let deep = root;
        for (let i = 0; i < 500; i++) deep = deep.addChild("d".repeat(200));
        deep.addProperty("phandle", cellsToBytes([7]));
        for (let i = 0; i < MANY; i++) deep.addChild(`n${i}`).addProperty("phandle", cellsToBytes([7]));
      },
      ["explicit_phandles"],
      MANY,
    ],
    [
      "a simple bus of 100,000 devices whose compatible is 16 MB of NULs",
      (root: TreeNode) => {
        root.addProperty("compatible", new Uint8Array(1 << 24));
        const bus = root.addChild("b");
        bus.addProperty("compatible", new TextEncoder().encode(`${"\0".repeat(1 << 20)}simple-bus\0`));
        for (const name of ["#address-cells", "#size-cells"]) bus.addProperty(name, cellsToBytes([2]));
        for (let i = 0; i < MANY; i++) bus.addChild(`n@${(i + 2).toString(16)}`).addProperty("reg", REG);
      },
      ["simple_bus_reg"],
      MANY,
    ],
    [
      "a reg counted by four billion cells",
      (root: TreeNode) => {
        const bus = root.addChild("b");
        bus.addProperty("compatible", new TextEncoder().encode("simple-bus\0"));
        for (const name of ["#address-cells", "#size-cells"]) bus.addProperty(name, cellsToBytes([0xffffffff]));
        bus.addChild("n@1").addProperty("reg", new Uint8Array(1 << 20));
      },
      ["reg_format"],
      1,
    ],
  ])("%s", (_what, fill, checks, count) => {
    const findings = checkStructure(hostile(fill));
    expect(new Set(findings.map(({ rule }) => rule))).toEqual(new Set(checks));
    const told = Math.min(count, LIMITS.errors);
    expect(findings).toHaveLength(count > told ? told + 1 : told);
    if (count > told) {
      expect(findings.at(-1)).toMatchObject({
        severity: "note",
        message: `${count - told} more findings about the tree's structure are left out, beginning with some of ${checks[0]}`,
      });
    }
    for (const { message } of findings) expect(message.length).toBeLessThanOrEqual(600);
  });
});
