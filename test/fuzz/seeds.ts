/** What the mutations start from: real files. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeBlob } from "../../dts/blob/write-blob.ts";
import { parseSource } from "../../dts/parse-source.ts";
import { addSymbols } from "../../dts/symbols-node.ts";
import { times } from "../dts/hostile/case.ts";
import { LANGUAGE_CASES } from "../dts/language-cases.ts";
import { memoryFiles } from "../dts/memory-files.ts";
import { BASE, MISTAKES, overlayText } from "../dts/overlay-mistakes.ts";
import { CHANGEABLE_BASE, CHANGEABLE_OVERLAY, randomPair, seeded } from "../dts/overlay-pairs.ts";
import type { FuzzInput, Surroundings } from "./pipeline.ts";

/** `preprocessed`: source with its includes in it, between line markers. */
export const SEED_KINDS = ["dts", "preprocessed", "dtb", "overlay", "yaml"] as const;

export type SeedKind = (typeof SEED_KINDS)[number];

export interface Seed {
  readonly name: string;
  readonly kind: SeedKind;
  /** Read when asked for: boards have a gigabyte together. */
  readonly load: () => FuzzInput;
  readonly around: Surroundings;
}

export type Seeds = Readonly<Record<SeedKind, readonly Seed[]>>;

export interface Corpus {
  /** Small files of ours, which are in the repository. */
  readonly small: Seeds;
  /** Files of the kernel, where somebody has them. */
  readonly large: Seeds | null;
}

export function byKind(seeds: readonly Seed[]): Seeds {
  const of = (kind: SeedKind): readonly Seed[] => seeds.filter((seed) => seed.kind === kind);
  return {
    dts: of("dts"),
    preprocessed: of("preprocessed"),
    dtb: of("dtb"),
    overlay: of("overlay"),
    yaml: of("yaml"),
  };
}

export const bytesOf = (text: string): Uint8Array => Buffer.from(text, "latin1");

/** As `dtc -@` compiles it; null where it does not compile. */
export function blobOf(text: string, { path, files, includeDirs }: Surroundings): Uint8Array | null {
  const { tree } = parseSource(path, text, { files, includeDirs });
  if (tree === null) return null;
  addSymbols(tree);
  return writeBlob(tree);
}

const EXAMPLES = fileURLToPath(new URL("../../examples/", import.meta.url));

/** Files that every mutated source finds, so that an include put anywhere leads somewhere. */
const COMMON_FILES: Readonly<Record<string, string>> = {
  "a.dtsi": "a { b = <1>; };\n#if 0\n",
  "loop.dtsi": '#include "loop.dtsi"\n',
  "macros.h": "#define A A B\n#define B A(\n#define F(x, ...) x ## __VA_ARGS__ #x\n",
  "bytes.bin": "\x00\x01\xff\x80",
};

/** The examples, sources that each show one part of the language, overlays with their base, and blobs of all of them. */
export function smallSeeds(): Seeds {
  const files: Record<string, string> = { ...COMMON_FILES };
  const around: Surroundings = { path: "board.dts", files: memoryFiles(files), includeDirs: ["inc"] };
  const sources: { readonly name: string; readonly text: string }[] = [];
  const seeds: Seed[] = [];
  const add = (name: string, kind: SeedKind, input: FuzzInput): void => {
    seeds.push({ name, kind, load: () => input, around });
  };
  for (const name of readdirSync(EXAMPLES).sort()) {
    if (!/\.(?:dtsi?|yaml)$/.test(name)) continue;
    const text = readFileSync(join(EXAMPLES, name), "latin1");
    if (name.endsWith(".yaml")) add(name, "yaml", { kind: "yaml", bytes: bytesOf(text) });
    else if (name.endsWith(".dts")) sources.push({ name, text });
    else files[name] = text;
  }
  for (const { name, source, files: own = {} } of LANGUAGE_CASES) {
    sources.push({ name, text: source });
    Object.assign(files, own);
  }
  for (const { name, text } of sources) {
    add(name, "dts", { kind: "dts", bytes: bytesOf(text) });
    const preprocessed = withIncludesIn(text, files);
    if (preprocessed !== text)
      add(`${name}, preprocessed`, "preprocessed", { kind: "dts", bytes: bytesOf(preprocessed) });
    const blob = blobOf(text, around);
    if (blob !== null) add(`blob of ${name}`, "dtb", { kind: "dtb", bytes: blob });
  }
  for (const { name, text } of DESCRIPTIONS) add(name, "yaml", { kind: "yaml", bytes: bytesOf(text) });
  for (const { name, base, text } of overlays()) {
    const bytes = bytesOf(text);
    add(name, "overlay", { kind: "overlay", base: bytesOf(base), bytes });
    const baseBlob = blobOf(base, around);
    const blob = blobOf(text, around);
    if (baseBlob === null || blob === null) continue;
    add(`blobs of ${name}`, "overlay", { kind: "overlay", base: baseBlob, bytes: blob });
    add(`blob of ${name} on source`, "overlay", { kind: "overlay", base: bytesOf(base), bytes: blob });
  }
  return byKind(seeds);
}

function overlays(): readonly { readonly name: string; readonly base: string; readonly text: string }[] {
  const example = (name: string): string => readFileSync(join(EXAMPLES, name), "latin1");
  return [
    { name: "tag storage for a board", base: example("fvp-rfc-v2.dts"), text: example("tag-storage-overlay.dts") },
    ...MISTAKES.map(({ name, overlay, base }) => ({
      name,
      base: `/dts-v1/;\n${base ?? BASE}`,
      text: overlayText(overlay),
    })),
    { name: "an overlay with all there is in one", base: `/dts-v1/;\n${BASE}`, text: WHOLE_OVERLAY },
    { name: "references of all forms", base: CHANGEABLE_BASE, text: CHANGEABLE_OVERLAY },
    ...Array.from({ length: RANDOM_PAIRS }, (_, index) => {
      const { base, overlay } = randomPair(seeded(index));
      return { name: `pair ${index} made at random`, base, text: overlay };
    }),
  ];
}

/** So many that most overlays fit their base. */
const RANDOM_PAIRS = 40;

const WHOLE_OVERLAY = `/dts-v1/;
/plugin/;
&{/} { added { p = <1>, "two", [03]; q: inner { }; }; };
/ {
	fragment@7 { target-path = "/"; __overlay__ { chosen { r = <&own>; }; own: own { s = &own; }; }; };
	fragment@8 { target = <&l>; __overlay__ { t = <&l &own 7>; }; };
};
`;

const DESCRIPTIONS: readonly { readonly name: string; readonly text: string }[] = [
  {
    name: "a machine with all that there is",
    text: `machine: "Arm FVP Base"
compatible: ["arm,fvp-base", "arm,vexpress"]
memory:
  - name: dram0
    base: 0x80000000
    size: 2G
    numa-node: 1
  - { name: dram-1, base: 0x880000000, size: 0x78000000 }
tag-storage:
  - base: 0x8fc000000
    size: 60M
    block-size: 8k
    memory: dram-1
  - { name: tags0, memory: dram0, size: 64M, base: 0x8f8000000, block-size: 4k }
reserved-memory:
  - { name: secure, base: 0xff000000, size: 16M, no-map: true }
`,
  },
  {
    name: "anchors, aliases, merges, quotes and blocks",
    text: `%YAML 1.2
---
machine: &name >-
  folded
  text
compatible: *name
memory:
  - &bank
    "name": 'low'
    ? base
    : 0
    size: 1T # all of it
  - <<: *bank
    name: !!str high
...
`,
  },
  {
    name: "several regions",
    text: `memory:\n${times(4, (i) => `- {name: m${i}, base: ${i * 2 ** 32}, size: 32M}\n`)}tag-storage:\n${times(4, (i) => `- {base: ${i * 2 ** 32 + 2 ** 30}, size: 1M, block-size: 4096, memory: m${i}}\n`)}`,
  },
  {
    name: "one bank and its tags",
    text: `memory:
- name: m
  base: 0x40000000
  size: 1G
tag-storage:
- base: 0x80000000
  size: 32M
  block-size: 16k
  memory: m
`,
  },
];

/** The source with each `#include` of a known file in its place, between line markers, as a preprocessor leaves it. */
function withIncludesIn(text: string, files: Readonly<Record<string, string>>): string {
  let line = 0;
  return text
    .split("\n")
    .map((written) => {
      line++;
      const name = /^#include [<"]([^>"]*)[>"]/.exec(written)?.[1];
      const included = name === undefined ? undefined : (files[name] ?? files[`inc/${name}`]);
      return included === undefined ? written : `# 1 "${name}" 1\n${included}\n# ${line + 1} "board.dts" 2`;
    })
    .join("\n");
}
