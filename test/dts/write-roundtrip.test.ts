import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseDocument, YAMLMap, YAMLSeq } from "yaml";
import { readBlob } from "../../dts/blob/read-blob.ts";
import { writeBlob } from "../../dts/blob/write-blob.ts";
import { SourceMap } from "../../dts/source.ts";
import { DeviceTree, TreeNode } from "../../dts/tree.ts";
import { type JsonNode, type JsonPiece, type JsonTree, writeJson } from "../../dts/write-json.ts";
import { writeSource } from "../../dts/write-source.ts";
import { writeYaml } from "../../dts/write-yaml.ts";
import { gathered } from "./gathered.ts";
import { parse } from "./memory-files.ts";

interface PlainNode {
  readonly properties: readonly (readonly [string, Uint8Array])[];
  readonly children: readonly (readonly [string, PlainNode])[];
}

/** What a compiler gives a meaning to and changes. */
const RESERVED = new Set(["name", "phandle", "linux,phandle"]);

const NAME_CHARACTERS = [..."abcdefghijklmnopqrstuvwxyzABCXYZ0123456789,._+*#?@-"];

const name = fc.oneof(
  fc.string({ unit: fc.constantFrom(...NAME_CHARACTERS), minLength: 1, maxLength: 8 }),
  fc.constantFrom(
    "#define",
    "#if",
    "#include",
    "#line",
    "#1",
    "reg",
    "compatible",
    "#address-cells",
    "-",
    "?",
    "---",
    "true",
  ),
);

const ascii = fc.string({ unit: fc.constantFrom(..."ab0178 \"\\\n\t'<>;{}/*".split("")), maxLength: 12 });

const value = fc.oneof(
  fc.constant(new Uint8Array(0)),
  fc.uint8Array({ maxLength: 24 }),
  fc.array(ascii, { minLength: 1, maxLength: 4 }).map((texts) => Buffer.from(`${texts.join("\0")}\0`, "latin1")),
  fc.array(fc.integer({ min: 0, max: 0xffffffff }), { maxLength: 6 }).map((cells) => {
    const bytes = Buffer.alloc(cells.length * 4);
    cells.forEach((cell, index) => {
      bytes.writeUInt32BE(cell, index * 4);
    });
    return bytes;
  }),
);

const { node } = fc.letrec<{ node: PlainNode }>((tie) => ({
  node: fc.record({
    properties: fc.uniqueArray(
      fc.tuple(
        name.filter((text) => !RESERVED.has(text)),
        value,
      ),
      {
        selector: ([key]) => key,
        maxLength: 5,
      },
    ),
    children: fc.oneof(
      { maxDepth: 4 },
      fc.constant([]),
      fc.uniqueArray(fc.tuple(name, tie("node")), { selector: ([key]) => key, maxLength: 4 }),
    ),
  }),
}));

const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

const tree = fc
  .record({ root: node, reserves: fc.array(fc.tuple(u64, u64), { maxLength: 3 }) })
  .map(({ root, reserves }) => {
    const built = new DeviceTree(new TreeNode("", null), new SourceMap());
    fill(built.root, root);
    for (const [address, size] of reserves) {
      // An entry of size 0 ends the list.
      if (size > 0n) built.memReserves.push({ address, size, labels: [], span: { start: -1, end: -1 } });
    }
    return built;
  });

function fill(target: TreeNode, { properties, children }: PlainNode): void {
  for (const [key, bytes] of properties) target.addProperty(key, new Uint8Array(bytes));
  for (const [key, child] of children) fill(target.addChild(key), child);
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

/** Every node and property, in order, with its bytes. */
function listing(root: TreeNode): string[] {
  return [...root.walk()].flatMap(({ path, properties }) => [
    path,
    ...properties.map((property) => `${path}:${property.name}=${hex(property.value)}`),
  ]);
}

describe("any tree", () => {
  test("comes back from a blob as it was, whatever room the blob has", () => {
    const options = fc.record({
      reserveSlots: fc.integer({ min: 0, max: 3 }),
      padBytes: fc.integer({ min: 0, max: 50 }),
      alignBytes: fc.constantFrom(1, 2, 64),
    });
    fc.assert(
      fc.property(tree, options, (original, layout) => {
        const { tree: back, diagnostics } = readBlob(writeBlob(original, layout));
        expect(diagnostics).toEqual([]);
        expect(listing(back!.root)).toEqual(listing(original.root));
        expect(back!.memReserves.map(({ address, size }) => [address, size])).toEqual(
          original.memReserves.map(({ address, size }) => [address, size]),
        );
        expect(hex(writeBlob(back!, layout))).toBe(hex(writeBlob(original, layout)));
      }),
    );
  });

  test("comes back from source as the same bytes, and source written again is the same text", () => {
    fc.assert(
      fc.property(tree, (original) => {
        const text = gathered(writeSource, original);
        const { tree: back, diagnostics } = parse(text);
        expect(diagnostics).toEqual([]);
        back!.bootCpuId = original.bootCpuId;
        expect(hex(writeBlob(back!))).toBe(hex(writeBlob(original)));
        expect(gathered(writeSource, back!)).toBe(text);
      }),
    );
  });

  test("is all in its JSON: the bytes put together again from it are the tree's", () => {
    fc.assert(
      fc.property(tree, (original) => {
        const json = JSON.parse(gathered(writeJson, original)) as JsonTree;
        expect(jsonListing(json.root, "")).toEqual(listing(original.root));
        expect(json.memReserves.map(({ address, size }) => [BigInt(address), BigInt(size)])).toEqual(
          original.memReserves.map(({ address, size }) => [address, size]),
        );
      }),
    );
  });

  test("is all in its YAML, to a YAML reader of other people's", () => {
    fc.assert(
      fc.property(tree, (original) => {
        const document = parseDocument(gathered(writeYaml, original), { schema: "failsafe", uniqueKeys: false });
        expect(document.errors).toEqual([]);
        const [root] = (document.contents as YAMLSeq).items;
        expect(yamlListing(root as YAMLMap, "")).toEqual(listing(original.root));
      }),
    );
  });
});

function jsonListing({ properties, children }: JsonNode, above: string): string[] {
  const path = above === "" ? "/" : above;
  return [
    path,
    ...properties.map(({ name: key, value: pieces }) => `${path}:${key}=${pieces.map(pieceHex).join("")}`),
    ...children.flatMap((child) => jsonListing(child, `${above}/${child.name}`)),
  ];
}

function pieceHex(piece: JsonPiece): string {
  if ("bytes" in piece) return piece.bytes;
  if ("string" in piece) return hex(Buffer.from(`${piece.string}\0`, "utf8"));
  const digits = piece.bits / 4;
  return piece.cells
    .map((cell) => {
      const number = typeof cell === "object" ? cell.phandle : cell;
      return BigInt(number).toString(16).padStart(digits, "0");
    })
    .join("");
}

const TAG_DIGITS: Readonly<Record<string, number>> = { "!u8": 2, "!u16": 4, "!u64": 16 };

function yamlListing(map: YAMLMap, above: string): string[] {
  const path = above === "" ? "/" : above;
  const properties: string[] = [];
  const children: string[] = [];
  for (const { key, value: content } of map.items as { key: { value: string }; value: unknown }[]) {
    if (content instanceof YAMLMap) children.push(...yamlListing(content, `${above}/${key.value}`));
    else if (!(content instanceof YAMLSeq)) properties.push(`${path}:${key.value}=`);
    else properties.push(`${path}:${key.value}=${content.items.map(yamlHex).join("")}`);
  }
  return [path, ...properties, ...children];
}

function yamlHex(item: unknown): string {
  if (!(item instanceof YAMLSeq)) return hex(Buffer.from(`${(item as { value: string }).value}\0`, "latin1"));
  const digits = TAG_DIGITS[item.tag ?? ""] ?? 8;
  return item.items.map((cell) => (cell as { value: string }).value.slice(2).padStart(digits, "0")).join("");
}
