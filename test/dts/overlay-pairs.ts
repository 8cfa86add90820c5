/** Bases and overlays made at random, and changes at random to trees, for whoever compares what becomes of them. */
import { type DeviceTree, Property, TreeNode } from "../../dts/tree.ts";

/** Gives a number from 0 up to, and without, 1. */
export type Random = () => number;

/** A small generator whose whole course is its seed (mulberry32). */
export function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function pick<T>(items: readonly T[], random: Random): T {
  return items[Math.floor(random() * items.length)]!;
}

const NODE_NAMES = ["a", "b", "a@1", "a@2", "b@1", "soc", "uart@1000", "uart@2000"];
const PROPERTY_NAMES = ["reg", "x-reg", "status", "compatible", "p", "q", "r", "long-property-name", "name-cells"];
const VALUES = ["", "[01]", "<1 2>", '"okay"', '"disabled"', '"a", "bc"', "[00 01 02 03 04]", "<0xdeadbeef>"];

/** The source of a base with labels l0, l1, … and of an overlay for it. */
export function randomPair(random: Random): { base: string; overlay: string } {
  const paths: string[] = [];
  let labels = 0;
  const node = (path: string, depth: number): string => {
    const properties = distinct(PROPERTY_NAMES, 3, random).map((name) => property(name, pick(VALUES, random)));
    const children =
      depth === 0
        ? []
        : distinct(NODE_NAMES, 3, random).map((name) => {
            const childPath = `${path}/${name}`;
            paths.push(childPath);
            const label = random() < 0.6 ? `l${labels++}: ` : "";
            return `${label}${name} { ${node(childPath, depth - 1)} };`;
          });
    return [...properties, ...children].join(" ");
  };
  const aliases = 'aliases { s = "/soc"; };';
  const base = `/dts-v1/;\n/ { ${node("", 3)} ${aliases} };\n`;

  let own = 0;
  const value = (): string => {
    const known = random();
    if (known < 0.2 && labels > 0) return `<&l${Math.floor(random() * labels)} 1>`;
    if (known < 0.3 && own > 0) return `<2 &o${Math.floor(random() * own)}>, <&o0>`;
    return pick(VALUES, random);
  };
  const content = (depth: number): string => {
    const properties = distinct(PROPERTY_NAMES, 4, random).map((name) => property(name, value()));
    const children =
      depth === 0
        ? []
        : distinct(NODE_NAMES, 2, random).map((name) => {
            const label = random() < 0.4 ? `o${own++}: ` : "";
            return `${label}${name} { ${content(depth - 1)} };`;
          });
    return [...properties, ...children].join(" ");
  };
  const fragments: string[] = [];
  for (let count = 1 + Math.floor(random() * 4); count > 0; count--) {
    const kind = random();
    if (kind < 0.5 && labels > 0) fragments.push(`&l${Math.floor(random() * labels)} { ${content(2)} };`);
    else if (kind < 0.95) fragments.push(`&{${pick(["/", ...paths], random)}} { ${content(2)} };`);
    else fragments.push(`&{/none} { ${content(1)} };`);
  }
  return { base, overlay: `/dts-v1/;\n/plugin/;\n${fragments.join("\n")}\n` };
}

function property(name: string, value: string): string {
  return value === "" ? `${name};` : `${name} = ${value};`;
}

function distinct<T>(items: readonly T[], most: number, random: Random): T[] {
  const count = Math.floor(random() * (most + 1));
  return [...new Set(Array.from({ length: count }, () => pick(items, random)))];
}

/** A base and an overlay that use all that there is. */
export const CHANGEABLE_BASE = `/dts-v1/; / {
  aliases { s = "/soc"; t = "t/t"; };
  soc: soc { u: uart@1 { phandle = <7>; r = <&soc>; }; v: uart@2 { a; b = "text"; }; };
  m: memory@80000000 { reg = <1 2 3 4>; };
};`;

export const CHANGEABLE_OVERLAY = `/dts-v1/; /plugin/;
&u { n: new { p = <&u &n 3>; q = [00], <&soc>; }; };
&{/soc} { uart@2 { b = "longer text"; x: c { }; }; uart { y; }; };
/ { f { target-path = "s/uart@1"; __overlay__ { z = <&n>; }; }; };`;

const TEXTS = [
  "/fragment@0/__overlay__:p:0",
  "/fragment@0:target:0",
  "/fragment@0:target:1",
  "/fragment@0:target:-4",
  "/fragment@0:target: +0",
  "/fragment:target:0",
  "/fragment@0::0",
  ":target:0",
  "s:q:0",
  "/soc",
  "/soc/",
  "//soc//uart",
  "s/uart@1",
  "t",
  "x",
  "",
  "/fragment@1/__overlay__/n",
  "/fragment@1/__overlay__",
  "/fragment@9/__overlay__/n",
  "/__overlay__/n",
  "relative",
];
const CELLS = [0, 1, 2, 7, 8, 0x7fffffff, 0xfffffffc, 0xfffffffe, 0xffffffff];
const NAMES = ["phandle", "linux,phandle", "target", "target-path", "u", "soc", "p", "reg", "none"];
const CHILD_NAMES = [
  "__overlay__",
  "__symbols__",
  "__fixups__",
  "__local_fixups__",
  "fragment",
  "uart",
  "uart@1",
  "aliases",
  "n@1",
];

/** Changes a tree in one place: a value, a name, a node or property more or less. */
export function changeAtRandom(tree: DeviceTree, random: Random): void {
  const node = pick([...tree.root.walk()], random);
  const kind = random();
  if (kind < 0.55 && node.properties.length > 0) {
    const at = Math.floor(random() * node.properties.length);
    const before = node.properties[at]!;
    if (kind < 0.05) node.properties.splice(at, 1);
    else node.properties[at] = new Property(kind < 0.1 ? pick(NAMES, random) : before.name, randomValue(random));
  } else if (kind < 0.7) node.properties.splice(0, 0, new Property(pick(NAMES, random), randomValue(random)));
  else if (kind < 0.8 && node.children.length > 0) node.children.splice(Math.floor(random() * node.children.length), 1);
  else if (kind < 0.9) node.children.push(new TreeNode(pick(CHILD_NAMES, random), node));
  else if (node.children.length > 0) {
    const at = Math.floor(random() * node.children.length);
    const before = node.children[at]!;
    const renamed = new TreeNode(pick(CHILD_NAMES, random), node);
    renamed.properties = before.properties;
    for (const child of before.children) renamed.addChild(child.name).properties = child.properties;
    node.children[at] = renamed;
  }
}

function randomValue(random: Random): Uint8Array {
  const kind = random();
  if (kind < 0.55) return Buffer.from(`${pick(TEXTS, random)}${kind < 0.5 ? "\0" : ""}`);
  const cell = Buffer.alloc(4);
  cell.writeUInt32BE(pick(CELLS, random));
  if (kind < 0.9) return cell;
  return kind < 0.95 ? Buffer.concat([cell, cell]) : cell.subarray(1);
}
