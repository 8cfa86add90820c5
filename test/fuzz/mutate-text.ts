/** Changes to text that a careless or a hostile hand could make. Text holds one character a byte. */
import { type Random, randomBelow } from "../../core/allocator/random.ts";

export interface MutationSource {
  readonly random: Random;
  /** Another input of the same kind, to take pieces from. */
  readonly other: () => string;
  /** What is worth writing into such a text. */
  readonly words: readonly string[];
}

type Mutation = (text: string, source: MutationSource) => string;

export const SOURCE_WORDS: readonly string[] = [
  ..."{}();<>[]\"'&:=,/\\#?@!~^|%*+-. \t\n\r\0\f\v\x7f\x80\xff".split(""),
  "};",
  "/ {",
  "/**/",
  "/*",
  "*/",
  "//",
  "\\\n",
  "\\\r\n",
  "##",
  "&{/",
  "&{/}",
  "l:",
  "x = <",
  "<<",
  ">>",
  "&&",
  "||",
  "==",
  "!=",
  "\n#if 1\n",
  "\n#if 0\n",
  "\n#ifdef X\n",
  "\n#ifndef X\n",
  "\n#elif 1\n",
  "\n#else\n",
  "\n#endif\n",
  "\n#if (1 ? 2 : 3) / 0\n",
  "\n#define X X Y\n",
  "\n#define Y(a, ...) a ## __VA_ARGS__ #a X\n",
  "\n#define Z(a) Y(a, Z(a)) Z\n",
  "\n#undef X\n",
  " X ",
  " Y(1, 2) ",
  " Z((1)) ",
  "\n#define E\n",
  " E ",
  "\n#define S(x) #x\n",
  " S(a \"b\" '\\'') ",
  " __LINE__ ",
  " __FILE__ ",
  " __COUNTER__ ",
  " __VA_ARGS__ ",
  '\n#include "a.dtsi"\n',
  '\n#include "loop.dtsi"\n',
  "\n#include <dt-bindings/a.h>\n",
  '\n#include "missing"\n',
  '\n#include "macros.h"\n',
  "\n#include X\n",
  '/include/ "a.dtsi"',
  '/incbin/("bytes.bin")',
  '/incbin/("bytes.bin", 1, 2)',
  '/incbin/("bytes.bin", 0xffffffff, (0-1))',
  '\n# 7 "x.dts"\n',
  '\n#line 9 "y.dts"\n',
  '\n# 4294967295 ""\n',
  "\n#error no\n",
  "\n#pragma x\n",
  "/dts-v1/;",
  "/plugin/;",
  "/memreserve/ 1 2;",
  "/memreserve/ (1 << 63) (0 - 1);",
  "/bits/ 8 ",
  "/bits/ 64 <",
  "/bits/ 7 <",
  "/delete-node/ ",
  "/delete-node/ &l;",
  "/delete-property/ reg;",
  "/omit-if-no-ref/ ",
  "(1 << ",
  "? 1 : ",
  " / 0)",
  " % 0)",
  "'a'",
  "'\\x'",
  '"\\x"',
  '"\\777"',
  '"\\\n"',
  "phandle = <1>;",
  "phandle = <&l>;",
  "phandle = <0>;",
  "linux,phandle = <0xffffffff>;",
  'name = "x";',
  "#address-cells = <0>;",
  "#address-cells = <0xffffffff>;",
  "#size-cells = <4>;",
  "ranges;",
  'status = "disabled";',
  'device_type = "memory";',
  'compatible = "arm,mte-tag-storage";',
  "reusable;",
  "no-map;",
  "block-size = <0>;",
  "block-size = <0x7fffffff>;",
  "reg = <0 0>;",
  "reg = <0xffffffff 0xffffffff 0xffffffff 0xffffffff>;",
  "reg = [00];",
  "memory = <&memory0>;",
  "tagged-memory = <1>;",
  "linux,usable-memory = <0 0>;",
  "numa-node-id = <1>;",
  "dma-ranges = <0 0 0>;",
  "reserved-memory {",
  "memory@0 {",
  "tag-storage@0 {",
  "__symbols__ {",
  "__fixups__ {",
  "__local_fixups__ {",
  "__overlay__ {",
  "fragment@0 {",
  'target-path = "/";',
  "target = <&l>;",
  '"/:a:0"',
];

export const YAML_WORDS: readonly string[] = [
  ..."[]{}:,-?&*!|>%@`'\"#\n\t \0\xff\x80".split(""),
  "- ",
  ": ",
  "? ",
  "\n  ",
  "\n",
  "---\n",
  "...\n",
  "%YAML 1.1\n",
  "&a ",
  "*a",
  "*b",
  "!!str ",
  "!!binary ",
  "!x ",
  "<<: *a",
  "| \n",
  ">-\n",
  "~",
  "null",
  "true",
  "0x",
  "0xffffffffffffffffffff",
  "1e400",
  ".inf",
  ".nan",
  "-1",
  "1.5",
  "4k",
  "2G",
  "1T",
  "64MiB",
  "16777216T",
  "0k",
  "memory:",
  "tag-storage:",
  "reserved:",
  "base: ",
  "size: ",
  "block-size: ",
  "name: ",
  "numa-node: ",
  "[[[[[[[[",
  "{{{{{{{{",
  "{a: ",
  "- - - - - - - -",
  "\\u0000",
  '"\\x00"',
  "\u00e9",
];

/** Numbers at which something changes: of cells, pages, blocks, signs. */
export const EDGE_NUMBERS: readonly string[] = [
  "0",
  "1",
  "2",
  "3",
  "7",
  "31",
  "32",
  "33",
  "63",
  "64",
  "0xfff",
  "0x1000",
  "0x1001",
  "4097",
  "0x1fffff",
  "0x200000",
  "0x7fffffff",
  "0x80000000",
  "0xfffff000",
  "0xfffffffb",
  "0xfffffffe",
  "0xffffffff",
  "0x100000000",
  "0xfffffffff",
  "0x7fffffffffffffff",
  "0x8000000000000000",
  "0xffffffffffffffff",
  "0x10000000000000000",
  "00",
  "08",
  "0x",
  "1U",
  "1ull",
  "0b1",
  "1e5",
  "-1",
  "(-1)",
  "(1 << 64)",
  "(0 - 1)",
];

const place = (random: Random, text: string): number => randomBelow(random, text.length + 1);
const pick = <T>(random: Random, list: readonly T[]): T => list[randomBelow(random, list.length)]!;

/** Mostly short, now and then all there is. */
function stretch(random: Random, text: string): { readonly from: number; readonly to: number } {
  const from = place(random, text);
  const length = 1 << randomBelow(random, randomBelow(random, 12) + 1);
  return { from, to: Math.min(text.length, from + randomBelow(random, length) + 1) };
}

const TOKEN = /[A-Za-z_][A-Za-z0-9_,@-]*|[0-9][0-9a-zA-Z]*|"[^"\n]*"|[^\s]/g;

function tokenAt(random: Random, text: string): { readonly from: number; readonly to: number } {
  TOKEN.lastIndex = place(random, text);
  const match = TOKEN.exec(text);
  return match === null ? { from: 0, to: 0 } : { from: match.index, to: match.index + match[0].length };
}

function lineAt(random: Random, text: string): { readonly from: number; readonly to: number } {
  const at = place(random, text);
  const end = text.indexOf("\n", at);
  return { from: text.lastIndexOf("\n", at - 1) + 1, to: end < 0 ? text.length : end + 1 };
}

const MUTATIONS: readonly Mutation[] = [
  function flipBits(text, { random }) {
    const at = randomBelow(random, Math.max(1, text.length));
    const code = text.charCodeAt(at) ^ (1 << randomBelow(random, 8));
    return text.slice(0, at) + String.fromCharCode((Number.isNaN(code) ? 0 : code) & 0xff) + text.slice(at + 1);
  },
  function cut(text, { random }) {
    const { from, to } = stretch(random, text);
    return text.slice(0, from) + text.slice(to);
  },
  function repeat(text, { random }) {
    const { from, to } = stretch(random, text);
    const times = 1 + (randomBelow(random, 8) === 0 ? randomBelow(random, 300) : 1);
    return text.slice(0, from) + text.slice(from, to).repeat(times) + text.slice(from);
  },
  function move(text, { random }) {
    const { from, to } = stretch(random, text);
    const rest = text.slice(0, from) + text.slice(to);
    const at = place(random, rest);
    return rest.slice(0, at) + text.slice(from, to) + rest.slice(at);
  },
  function splice(text, { random, other }) {
    const donor = other();
    const { from, to } = stretch(random, donor);
    const at = place(random, text);
    return text.slice(0, at) + donor.slice(from, to) + text.slice(at + (randomBelow(random, 2) === 0 ? 0 : to - from));
  },
  function insertWord(text, { random, words }) {
    const at = place(random, text);
    return text.slice(0, at) + pick(random, words) + text.slice(at);
  },
  function replaceToken(text, { random, words }) {
    const { from, to } = tokenAt(random, text);
    return text.slice(0, from) + pick(random, words) + text.slice(to);
  },
  function swapTokens(text, { random }) {
    const [a, b] = [tokenAt(random, text), tokenAt(random, text)].sort((x, y) => x.from - y.from);
    if (a!.to > b!.from) return text;
    return (
      text.slice(0, a!.from) +
      text.slice(b!.from, b!.to) +
      text.slice(a!.to, b!.from) +
      text.slice(a!.from, a!.to) +
      text.slice(b!.to)
    );
  },
  function deleteToken(text, { random }) {
    const { from, to } = tokenAt(random, text);
    return text.slice(0, from) + text.slice(to);
  },
  function replaceNumber(text, { random }) {
    const number = /\b[0-9][0-9a-zA-Z]*\b/g;
    number.lastIndex = place(random, text);
    const match = number.exec(text);
    if (match === null) return text;
    return text.slice(0, match.index) + pick(random, EDGE_NUMBERS) + text.slice(match.index + match[0].length);
  },
  function moveLine(text, { random }) {
    const { from, to } = lineAt(random, text);
    const rest = randomBelow(random, 2) === 0 ? text : text.slice(0, from) + text.slice(to);
    const { from: at } = lineAt(random, rest);
    return rest.slice(0, at) + text.slice(from, to) + rest.slice(at);
  },
  function cutOff(text, { random }) {
    return randomBelow(random, 4) === 0 ? text.slice(0, place(random, text)) : text;
  },
];

/** Lines that say something whole: a property with its value, an item of a YAML list. */
const WHOLE_LINE = /^[^{}\n]*(?:[:;]|- )[^{}\n]*$/gm;

function wholeLineAt(random: Random, text: string): { readonly from: number; readonly to: number } | null {
  WHOLE_LINE.lastIndex = lineAt(random, text).from;
  const match = WHOLE_LINE.exec(text);
  return match === null ? null : { from: match.index, to: Math.min(text.length, match.index + match[0].length + 1) };
}

/** A token that is spelled with letters, or a string. */
function wordAt(random: Random, text: string): { readonly from: number; readonly to: number } | null {
  const word = /[A-Za-z_#][A-Za-z0-9_,@.#-]*|"[^"\n]*"/g;
  word.lastIndex = place(random, text);
  const match = word.exec(text);
  return match === null ? null : { from: match.index, to: match.index + match[0].length };
}

/** Changes that mostly leave the text what it was to a parser, so that what comes after the parser has something to do. */
const GENTLE_MUTATIONS: readonly Mutation[] = [
  MUTATIONS.find(({ name }) => name === "replaceNumber")!,
  function changeNumber(text, { random }) {
    const number = /\b(?:0x[0-9a-fA-F]+|[0-9]+)\b/g;
    number.lastIndex = place(random, text);
    const match = number.exec(text);
    if (match === null) return text;
    const changed = BigInt(match[0]) ^ (1n << BigInt(randomBelow(random, 34)));
    return `${text.slice(0, match.index)}0x${changed.toString(16)}${text.slice(match.index + match[0].length)}`;
  },
  function copyWord(text, { random }) {
    const [a, b] = [wordAt(random, text), wordAt(random, text)];
    if (a === null || b === null) return text;
    return text.slice(0, a.from) + text.slice(b.from, b.to) + text.slice(a.to);
  },
  function dropWholeLine(text, { random }) {
    const line = wholeLineAt(random, text);
    return line === null ? text : text.slice(0, line.from) + text.slice(line.to);
  },
  function moveWholeLine(text, { random }) {
    const line = wholeLineAt(random, text);
    if (line === null) return text;
    const rest = randomBelow(random, 2) === 0 ? text : text.slice(0, line.from) + text.slice(line.to);
    const target = wholeLineAt(random, rest);
    return target === null
      ? text
      : rest.slice(0, target.from) + text.slice(line.from, line.to) + rest.slice(target.from);
  },
  function insertStatement(text, { random, words }) {
    const line = wholeLineAt(random, text);
    const statements = words.filter((word) => /^[^\n]*(?:;|: )$/.test(word) && word.length > 3);
    if (line === null || statements.length === 0) return text;
    return `${text.slice(0, line.from)}${pick(random, statements)}\n${text.slice(line.from)}`;
  },
];

/** Text longer than this is hard on nothing but the clock. */
const MAX_CHARACTERS = 400_000;

/** One to a few changes: more would leave nothing of what the text was. */
export function mutateText(text: string, source: MutationSource): string {
  const { random } = source;
  const mutations = randomBelow(random, 2) === 0 ? MUTATIONS : GENTLE_MUTATIONS;
  const count = 1 + randomBelow(random, 1 + randomBelow(random, 8));
  let mutated = text;
  for (let i = 0; i < count && mutated.length < MAX_CHARACTERS; i++) mutated = pick(random, mutations)(mutated, source);
  return mutated;
}
