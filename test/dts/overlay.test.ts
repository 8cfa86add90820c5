import { describe, expect, test } from "vitest";
import { readBlob } from "../../dts/blob/read-blob.ts";
import { writeBlob } from "../../dts/blob/write-blob.ts";
import type { Diagnostic } from "../../dts/diagnostic.ts";
import { type AppliedOverlay, applyOverlay } from "../../dts/overlay/apply-overlay.ts";
import { BlobEditor } from "../../dts/overlay/edit-blob.ts";
import { isOverlay } from "../../dts/overlay/is-overlay.ts";
import { parseSource } from "../../dts/parse-source.ts";
import { SourceMap } from "../../dts/source.ts";
import { addSymbols } from "../../dts/symbols-node.ts";
import { type DeviceTree, MarkKind, type TreeNode } from "../../dts/tree.ts";
import { writeSource } from "../../dts/write-source.ts";
import { gathered } from "./gathered.ts";
import { memoryFiles, parse } from "./memory-files.ts";
import { BASE, MISTAKES, overlayText } from "./overlay-mistakes.ts";

/** A source as `dtc -@` compiles it. */
function compiled(name: string, text: string, sources: SourceMap): DeviceTree {
  const options = { files: memoryFiles({}), includeDirs: [], sources };
  const { tree, diagnostics } = parseSource(name, text, options);
  expect(diagnostics.map(({ message }) => message)).toEqual([]);
  addSymbols(tree!);
  return tree!;
}

function apply(base: string, overlay: string): AppliedOverlay {
  const sources = new SourceMap();
  const baseTree = compiled("base.dts", `/dts-v1/;\n${base}`, sources);
  return applyOverlay(baseTree, compiled("overlay.dts", overlayText(overlay), sources));
}

/** The result of overlays that are in order, after one another. */
function applied(base: string, ...overlays: string[]): DeviceTree {
  const sources = new SourceMap();
  let tree = compiled("base.dts", `/dts-v1/;\n${base}`, sources);
  overlays.forEach((overlay, index) => {
    const result = applyOverlay(tree, compiled(`overlay${index}.dts`, overlayText(overlay), sources));
    expect(result.diagnostics).toEqual([]);
    tree = result.tree!;
  });
  return tree;
}

/** `name(property=hex …){child …}`, as it stands. */
function told(node: TreeNode): string {
  const properties = node.properties.map(({ name, value }) => {
    const text = Buffer.from(value).toString("latin1");
    const isText = /^[\x20-\x7e]+\0$/.test(text);
    return value.length === 0 ? name : `${name}=${isText ? text.slice(0, -1) : Buffer.from(value).toString("hex")}`;
  });
  return `${node.name}(${properties.join(" ")}){${node.children.map(told).join(" ")}}`;
}

function toldAt(tree: DeviceTree, path: string): string {
  return told(tree.nodeAt(path)!);
}

function placeOf({ span }: Diagnostic, sources: SourceMap): string {
  const at = sources.locate(span);
  return at === null ? "nowhere" : `${at.file}:${at.line}:${at.column}`;
}

describe("where things go, as libfdt puts them", () => {
  test("new properties come first, the last one set before the others; those that are there keep their place", () => {
    const tree = applied("/ { n { a; b; c; }; };", "&{/n} { x; b = [01]; y; };");
    expect(toldAt(tree, "/n")).toBe("n(y x a b=01 c){}");
  });

  test("new nodes come before their siblings, and all inside of them is in reverse", () => {
    const tree = applied("/ { n { old { }; }; };", "&{/n} { one { p; q; in1 { }; in2 { }; }; two { }; old { r; }; };");
    expect(toldAt(tree, "/n")).toBe("n(){two(){} one(q p){in2(){} in1(){}} old(r){}}");
  });

  test("of two fragments for one node, the later one counts", () => {
    expect(toldAt(applied("/ { n { }; };", "&{/n} { a = [01]; }; &{/n} { a = [02]; };"), "/n")).toBe("n(a=02){}");
  });

  test("a property set twice in one overlay stands where it was set first", () => {
    const tree = applied("/ { n { z; }; };", "&{/n} { a = [01]; b; }; &{/n} { a = [02]; c; };");
    expect(toldAt(tree, "/n")).toBe("n(c b a=02 z){}");
  });

  test("long lists of children and properties are merged by the same rules", () => {
    const many = (make: (index: number) => string) => Array.from({ length: 40 }, (_, i) => make(i)).join(" ");
    const base = `/ { n { ${many((i) => `p${i};`)} ${many((i) => `c${i} { };`)} }; };`;
    const node = applied(base, "&{/n} { p20 = [01]; p40; c20 { q; }; c40 { }; };").nodeAt("/n")!;
    expect(node.properties.map(({ name }) => name)).toEqual(["p40", ...Array.from({ length: 40 }, (_, i) => `p${i}`)]);
    expect(node.property("p20")!.value).toEqual(new Uint8Array([1]));
    expect(node.children.map(({ name }) => name)).toEqual(["c40", ...Array.from({ length: 40 }, (_, i) => `c${i}`)]);
    expect(told(node.child("c20")!)).toBe("c20(q){}");
  });

  test("neither the base nor the overlay is changed", () => {
    const sources = new SourceMap();
    const base = compiled("base.dts", "/dts-v1/; / { a: n { p = [01]; c { }; }; };", sources);
    const overlay = compiled("o.dts", overlayText("&a { p = <&l &a>; l: d { }; };"), sources);
    const before = [writeBlob(base), writeBlob(overlay)];
    expect(applyOverlay(base, overlay).tree).not.toBeNull();
    expect([writeBlob(base), writeBlob(overlay)]).toEqual(before);
  });
});

describe("phandles", () => {
  test("those of the overlay move up beyond the base's highest, and so do the cells that hold them", () => {
    // base: b has 7, a none until it is labelled: the lowest free, 1. Overlay: l has 1, so 1 + 7 = 8 = 0x8
    const tree = applied("/ { a: a { }; b { phandle = <7>; }; };", "&a { ref = <1 &l 2>; l: c { }; };");
    expect(toldAt(tree, "/a")).toBe("a(ref=000000010000000800000002 phandle=00000001){c(phandle=00000008){}}");
  });

  test("labels of the base become its phandles, at any offset", () => {
    const tree = applied("/ { a: a { phandle = <5>; }; };", "&a { ref = [00], <&a>, <0>, <&a>; };");
    expect(toldAt(tree, "/a")).toBe("a(ref=00000000050000000000000005 phandle=00000005){}");
  });

  test("a fragment can be about a node that an earlier one brought", () => {
    const tree = applied(
      "/ { a: a { }; };",
      "&a { new: b { }; }; / { fragment@9 { target = <&new>; __overlay__ { p; }; }; };",
    );
    // new has phandle 1 in the overlay, a has 1 in the base
    expect(toldAt(tree, "/a")).toBe("a(phandle=00000001){b(p phandle=00000002){}}");
  });

  test("linux,phandle counts where there is no phandle", () => {
    const tree = applied("/ { b { linux,phandle = <9>; }; };", "&{/b} { ref = <&l>; l: c { }; };");
    expect(toldAt(tree, "/b")).toBe("b(ref=0000000a linux,phandle=00000009){c(phandle=0000000a){}}");
  });

  test("where nodes of the base share a phandle, the first in the order of the tree is the target", () => {
    const sources = new SourceMap();
    const base = compiled("base.dts", "/dts-v1/; / { a { c { phandle = <3>; }; }; b { }; };", sources);
    base.nodeAt("/b")!.addProperty("phandle", new Uint8Array([0, 0, 0, 3]));
    const overlay = compiled("o.dts", "/dts-v1/; / { fragment { target = <3>; __overlay__ { p; }; }; };", sources);
    const tree = applyOverlay(base, overlay).tree!;
    expect(told(tree.root)).toBe("(){a(){c(p phandle=00000003){}} b(phandle=00000003){}}");
  });
});

describe("targets", () => {
  test("an alias may begin a target-path, and a target of 0 counts as none", () => {
    const base = '/ { aliases { s = "/soc"; t = "s"; }; soc { u@1 { }; }; };';
    const fragment = (path: string) => `f { target = <0>; target-path = "${path}"; __overlay__ { p; }; };`;
    for (const path of ["s/u@1", "t/u@1", "/soc//u@1/", "/soc/u"]) {
      expect(toldAt(applied(base, `/ { ${fragment(path)} };`), "/soc"), path).toBe("soc(){u@1(p){}}");
    }
  });

  test("a name without unit address goes to the first node of that name, with a warning", () => {
    const { tree, diagnostics } = apply("/ { m@2 { }; m@1 { }; };", "&{/} { m { p; }; m@1 { q; }; };");
    expect(told(tree!.root)).toBe("(){m@2(p){} m@1(q){}}");
    expect(diagnostics.map(({ rule, severity }) => [rule, severity])).toEqual([["overlay-name-match", "warning"]]);
    expect(diagnostics[0]!.message).toMatch(/m of the overlay goes into \/m@2/);
    expect(placeOf(diagnostics[0]!, tree!.sources)).toBe("overlay.dts:3:8");
  });
});

describe("labels of the overlay", () => {
  test("become labels of the base, by the paths that their nodes have there", () => {
    const base = "/ { a: a { }; __symbols__ { }; };";
    const tree = applied(base, "&a { l1: b { l2: c { }; }; }; &{/a} { l3: d { }; }; &{/} { l4: e { }; };");
    const symbols = tree
      .nodeAt("/__symbols__")!
      .properties.map(({ name, value }) => [name, Buffer.from(value).toString()]);
    expect(Object.fromEntries(symbols)).toEqual({ a: "/a\0", l1: "/a/b\0", l2: "/a/b/c\0", l3: "/a/d\0", l4: "/e\0" });
  });

  test("a base without labels gets its __symbols__ from them", () => {
    expect(toldAt(applied("/ { a { }; };", "&{/a} { l: b { }; };"), "/__symbols__")).toBe("__symbols__(l=/a/b){}");
  });

  test("are known to the overlays that follow", () => {
    const tree = applied("/ { a { }; };", "&{/a} { l: b { }; };", "&l { p = <&l>; m: c { }; };", "&m { q; };");
    // b has phandle 1; c has 1 in its own overlay, 2 in the tree
    expect(toldAt(tree, "/a")).toBe("a(){b(p=00000001 phandle=00000001){c(q phandle=00000002){}}}");
  });

  test("a label that the base has for another node moves, with a warning", () => {
    const { tree, diagnostics } = apply("/ { l: a { }; b { }; };", "&{/b} { l: c { }; };");
    expect(toldAt(tree!, "/__symbols__")).toBe("__symbols__(l=/b/c){}");
    expect(diagnostics.map(({ rule }) => rule)).toEqual(["overlay-symbol-replaced"]);
    // So that the tree can be written as source
    expect(tree!.nodeAt("/a")!.labels.map(({ name }) => name)).toEqual(["l"]);
    expect(tree!.nodeAt("/b/c")!.labels).toEqual([]);
  });

  test("on properties and in values, too, stand once in the tree", () => {
    const base = "/ { k: p = <1>; l: a { }; b { q = v: <2>; }; };";
    const tree = applied(base, "&{/b} { l: x = <1>; q = k: <3>; m: y = z: <4>; v: n { }; };");
    const b = tree.nodeAt("/b")!;
    const labelsOf = (name: string) => {
      const { labels, marks } = b.property(name)!;
      return [
        ...labels.map((label) => label.name),
        ...marks.flatMap((mark) => (mark.kind === MarkKind.label ? mark.text : [])),
      ];
    };
    // l and k stay where the base has them; v went with the value that it stood in.
    expect([labelsOf("x"), labelsOf("q"), labelsOf("y")]).toEqual([[], [], ["m", "z"]]);
    expect(b.child("n")!.labels.map(({ name }) => name)).toEqual(["v"]);
    expect(parse(gathered(writeSource, tree)).diagnostics).toEqual([]);
  });
});

describe("places in the source", () => {
  test("what an overlay brings stands in the overlay, all else in the base", () => {
    const tree = applied("/ { a: a { p = [01];\nq = [02]; }; };", "&a {\n p = [03];\n n { r; }; };");
    const at = (span: { start: number; end: number }) => {
      const place = tree.sources.locate(span)!;
      return `${place.file}:${place.line}:${place.column}`;
    };
    const a = tree.nodeAt("/a")!;
    expect(at(a.nameSpan)).toBe("base.dts:2:8");
    expect(at(a.property("p")!.span)).toBe("overlay0.dts:4:2");
    expect(at(a.property("q")!.span)).toBe("base.dts:3:1");
    expect(at(a.child("n")!.nameSpan)).toBe("overlay0.dts:5:2");
    expect(at(a.child("n")!.property("r")!.span)).toBe("overlay0.dts:5:6");
  });

  test("what a value was written as is kept where it still holds", () => {
    const tree = applied("/ { a: a { }; };", "&a { p = <&a>; q = <&l 1>; l: n { }; };");
    const a = tree.nodeAt("/a")!;
    expect(a.property("p")!.marks.map(({ kind, text }) => [kind, text])).toEqual([[MarkKind.phandle, "a"]]);
    expect(a.property("q")!.marks.map(({ kind, text }) => [kind, text])).toEqual([
      [MarkKind.phandle, "l"],
      [MarkKind.cell, ""],
    ]);
    expect(a.child("n")!.labels.map(({ name }) => name)).toEqual(["l"]);
  });

  test("a source overlay on a blob keeps its places; two sources need one map", () => {
    const base = readBlob(writeBlob(compiled("b.dts", "/dts-v1/; / { a { }; };", new SourceMap()))).tree!;
    const overlay = compiled("o.dts", overlayText("&{/a} { p; };"), new SourceMap());
    const tree = applyOverlay(base, overlay).tree!;
    expect(tree.sources.locate(tree.nodeAt("/a")!.property("p")!.span)!.file).toBe("o.dts");
    expect(tree.sources.locate(tree.nodeAt("/a")!.nameSpan)).toBeNull();
    const elsewhere = compiled("b.dts", "/dts-v1/; / { a { }; };", new SourceMap());
    expect(() => applyOverlay(elsewhere, overlay)).toThrow(/source map/);
  });
});

describe("what can go wrong", () => {
  test.each(MISTAKES)("$name", ({ base = BASE, overlay, rule, severity, place, node, message, hint }) => {
    const sources = new SourceMap();
    const baseTree = compiled("base.dts", `/dts-v1/;\n${base}`, sources);
    const overlayTree = parseSource("overlay.dts", overlayText(overlay), {
      files: memoryFiles({}),
      includeDirs: [],
      sources,
    }).tree!;
    if (rule === "overlay-phandle-replaced") addSymbols(overlayTree);
    const result = applyOverlay(baseTree, overlayTree);
    expect(result.diagnostics.map((diagnostic) => diagnostic.rule)).toEqual([rule]);
    const [found] = result.diagnostics;
    expect(found!.severity).toBe(severity ?? "error");
    expect(result.tree === null).toBe(severity === undefined);
    expect(found!.message).toMatch(message);
    expect(found!.hint).toMatch(hint);
    if (place !== undefined) expect(placeOf(found!, sources)).toBe(place);
    if (node !== undefined) expect(found!.node).toBe(node);
    // The same from a blob, which has node paths alone
    const fromBlob = applyOverlay(readBlob(writeBlob(baseTree)).tree!, readBlob(writeBlob(overlayTree)).tree!);
    if (rule === "overlay-path-reference") return;
    expect(fromBlob.diagnostics.map(({ rule: id, message: words, node: at }) => [id, words, at])).toEqual([
      [found!.rule, found!.message, found!.node],
    ]);
  });

  test("all mistakes are told at once, one for each label", () => {
    const { diagnostics, tree } = apply(BASE, "&a { p = <&b &b>; q = <&b>; }; &{/none} { }; &uart0 { r; };");
    expect(diagnostics.map(({ rule, message }) => [rule, message.split(" ")[0]])).toEqual([
      ["overlay-label", "&a"],
      ["overlay-label", "&b"],
      ["overlay-target", "target-path"],
    ]);
    expect(diagnostics[1]!.related).toHaveLength(2);
    expect(tree).toBeNull();
  });

  test("an overlay shows as one, from source and from a blob", () => {
    const overlay = compiled("o.dts", overlayText("&{/} { };"), new SourceMap());
    expect(isOverlay(overlay)).toBe(true);
    expect(isOverlay(readBlob(writeBlob(overlay)).tree!)).toBe(true);
    expect(isOverlay(compiled("b.dts", "/dts-v1/; / { a { }; };", new SourceMap()))).toBe(false);
  });
});

describe("the blob edited in place", () => {
  test("the bytes that align a value keep what stood there", () => {
    const base = writeBlob(compiled("b.dts", '/dts-v1/; / { s = "disabled"; };', new SourceMap()));
    const overlay = compiled("o.dts", overlayText('&{/} { s = "okay"; };'), new SourceMap());
    const { tree, edits } = applyOverlay(readBlob(base).tree!, overlay);
    const editor = new BlobEditor(base);
    editor.apply(edits);
    const edited = editor.take();
    // "disabled\0" has 9 bytes; "okay\0" is written over the first 5 of the 8 that stay: o k a y 0 l e d
    expect(Buffer.from(edited).toString("latin1")).toContain("okay\0led");
    expect(Buffer.from(writeBlob(tree!)).toString("latin1")).toContain("okay\0\0\0\0");
    expect(edited.length).toBe(base.length - 4);
  });

  test("new names come behind the strings block, whatever the order of the tree", () => {
    const base = writeBlob(compiled("b.dts", "/dts-v1/; / { x-reg; n { y; }; };", new SourceMap()));
    const overlay = compiled("o.dts", overlayText("&{/} { z; reg; y; };"), new SourceMap());
    const { edits } = applyOverlay(readBlob(base).tree!, overlay);
    const editor = new BlobEditor(base);
    editor.apply(edits);
    // reg is the end of x-reg
    expect(Buffer.from(editor.take()).toString("latin1").endsWith("x-reg\0y\0z\0")).toBe(true);
  });
});

/** Each takes well under a second; work that grows with the square of the input would take longer than the tests may. */
describe("time and memory", { timeout: 60_000 }, () => {
  test("thousands of fragments, labels and references take no more than their size", () => {
    const count = 4000;
    const list = (make: (index: number) => string) => Array.from({ length: count }, (_, i) => make(i)).join("\n");
    const base = `/ { ${list((i) => `l${i}: n${i} { };`)} };`;
    const overlay = `${list((i) => `&l${i} { r = <&l0 &new${count - 1 - i}>; new${i}: c { }; };`)}`;
    const tree = applied(base, overlay);
    // Node n0 and label l0 have phandle 1, the overlay's labels follow the base's 4000; new3999 is the first referred to, new0
    // the last: 4001 = 0xfa1 and 8000 = 0x1f40
    expect(told(tree.nodeAt("/n0")!)).toBe("n0(r=0000000100000fa1 phandle=00000001){c(phandle=00001f40){}}");
  });

  test("nodes that share a phandle and change it from fragment to fragment are given up on", () => {
    const sources = new SourceMap();
    const base = compiled("b.dts", `/dts-v1/; / { };`, sources);
    for (let i = 0; i < 3000; i++)
      base.root.addChild(`n${i}`).addProperty("linux,phandle", new Uint8Array([0, 0, 0, 1]));
    const overlay = compiled("o.dts", "/dts-v1/; / { };", sources);
    for (let i = 0; i < 3000; i++) {
      const fragment = overlay.root.addChild(`f${i}`);
      fragment.addProperty("target", new Uint8Array([0, 0, 0, 1]));
      fragment.addChild("__overlay__").addProperty("linux,phandle", new Uint8Array([0, 0, 0, 1]));
    }
    const result = applyOverlay(base, overlay);
    // 3000 fragments, each with a search through 3000 nodes: 9 million, of which 5 are granted
    expect(result.diagnostics.filter(({ severity }) => severity === "error").map(({ rule }) => rule)).toEqual([
      "overlay-limit",
    ]);
  });

  test("an overlay's label in a value a hundred thousand times is compiled in no time", () => {
    const overlay = compiled("o.dts", overlayText(`&a { p = <${"&b ".repeat(100_000)}>; };`), new SourceMap());
    // "/fragment@0/__overlay__:p:0" to "…:399996": 26 characters and a NUL, with 1 to 6 digits. Multiples of 4 up to 399996:
    // 3 of 1 digit, 22 of 2, 225 of 3, 2250 of 4, 22500 of 5, 75000 of 6 = 3 + 44 + 675 + 9000 + 112500 + 450000
    expect(overlay.nodeAt("/__fixups__")!.property("b")!.length).toBe(100_000 * 27 + 572_222);
  });

  test("references whose paths are too long together are an error", () => {
    // 40 nodes of 200 characters deep, 40000 references: 320 MB of paths in __fixups__
    const open = Array.from({ length: 40 }, () => `${"n".repeat(200)} {`).join(" ");
    const text = overlayText(`&a { ${open} p = <${"&b ".repeat(40_000)}>; ${"};".repeat(40)} };`);
    const { tree, diagnostics } = parseSource("o.dts", text, { files: memoryFiles({}), includeDirs: [] });
    expect(tree).toBeNull();
    expect(diagnostics.map(({ rule }) => rule)).toEqual(["limit"]);
  });

  test("labels whose paths are too long together are an error", () => {
    const deep = (inner: string) => `${`${"n".repeat(200)} {`.repeat(400)} ${inner} ${"};".repeat(400)}`;
    const base = readBlob(writeBlob(compiled("b.dts", `/dts-v1/; / { ${deep("")} };`, new SourceMap()))).tree!;
    let at = base.root;
    while (at.children.length > 0) at = at.children[0]!;
    at.addProperty("phandle", new Uint8Array([0, 0, 0, 1]));
    const overlay = compiled("o.dts", "/dts-v1/; / { };", new SourceMap());
    const fragment = overlay.root.addChild("f");
    fragment.addProperty("target", new Uint8Array([0, 0, 0, 1]));
    fragment.addChild("__overlay__");
    // 80 KB each, 4000 of them: 320 MB
    const symbols = overlay.root.addChild("__symbols__");
    for (let i = 0; i < 4000; i++) symbols.addProperty(`l${i}`, Buffer.from("/f/__overlay__/x\0"));
    const result = applyOverlay(base, overlay);
    expect(result.tree).toBeNull();
    expect(result.diagnostics.map(({ rule }) => rule)).toEqual(["overlay-limit"]);
  });

  test("a tree that grows too deep, overlay by overlay, is an error", () => {
    const sources = new SourceMap();
    const deep = (depth: number, inner: string) => `${"n {".repeat(depth)} ${inner} ${"};".repeat(depth)}`;
    const base = compiled("b.dts", `/dts-v1/; / { ${deep(300, "l: m { };")} };`, sources);
    const overlay = compiled("o.dts", overlayText(`&l { ${deep(300, "")} };`), sources);
    const result = applyOverlay(base, overlay);
    expect(result.tree).toBeNull();
    expect(result.diagnostics.map(({ rule }) => rule)).toEqual(["overlay-limit"]);
  });
});
