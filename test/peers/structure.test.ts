/**
 * Our structure checks against dtc's: the same checks fail at the same nodes. dtc looks at what `cpp` makes of a source,
 * we at the source itself.
 */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, relative } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { readBlob } from "../../dts/blob/read-blob.ts";
import { writeBlob } from "../../dts/blob/write-blob.ts";
import { checkStructure } from "../../dts/checks/check-structure.ts";
import { CHECKS } from "../../dts/checks/table.ts";
import { SourceCache } from "../../dts/load-source.ts";
import { parseSource } from "../../dts/parse-source.ts";
import type { DeviceTree } from "../../dts/tree.ts";
import {
  board,
  FAILING_BLOBS,
  FAILING_SOURCES,
  PREREQUISITE_SOURCES,
  SOUND_BLOBS,
  SOUND_SOURCES,
} from "../dts/check-cases.ts";
import { parse } from "../dts/memory-files.ts";
import { eachAtOnce, preprocess } from "./processes.ts";
import { boardSources, checkAsJson, diskFiles, linuxSource, requireProgram } from "./tools.ts";

/** The checks that both have; ours alone is written with hyphens. */
const SHARED = new Set<string>(CHECKS.map(({ name }) => name).filter((name) => !name.includes("-")));

beforeAll(() => {
  requireProgram("cpp", "cpp");
  requireProgram("dtc", "device-tree-compiler");
});

/** `check node` for each finding of the shared checks. */
type Pairs = ReadonlySet<string>;

function pairsOf(tree: DeviceTree): Pairs {
  return new Set(
    checkStructure(tree)
      .filter(({ rule }) => SHARED.has(rule))
      .map(({ rule, node }) => `${rule} ${node}`),
  );
}

/** dtc's, all its checks as they are by default. */
interface DtcRun {
  readonly pairs: Pairs;
  readonly blob: Buffer;
}

function runDtc(input: string | Uint8Array, flags: readonly string[], folder = "."): Promise<DtcRun> {
  return new Promise((resolve, reject) => {
    const child = spawn("dtc", ["-O", "dtb", ...flags, "-"], { cwd: folder });
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on("data", (data: Buffer) => out.push(data));
    child.stderr.on("data", (data: Buffer) => err.push(data));
    child.on("error", reject);
    child.on("close", (status, signal) => {
      const words = Buffer.concat(err).toString("latin1");
      const hasChecked = status === 0 || words.includes("Input tree has errors");
      if (hasChecked) resolve({ pairs: pairsIn(words), blob: Buffer.concat(out) });
      else reject(new Error(`dtc: ${signal ?? words}`));
    });
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}

/** `board.dts:3.2-5.4: Warning (reg_format): /n@1:reg: …`, the property where the line is about one. */
function pairsIn(words: string): Pairs {
  const pairs = new Set<string>();
  for (const [, check, node] of words.matchAll(/: (?:Warning|ERROR) \((\w+)\): (\/[^:\n]*):/g)) {
    if (SHARED.has(check!)) pairs.add(`${check} ${node}`);
  }
  return pairs;
}

const dtcOnSource = (source: string) => runDtc(source, ["-I", "dts"]);
const dtcOnBlob = (blob: Uint8Array) => runDtc(blob, ["-I", "dtb"]);

function sorted(pairs: Iterable<string>): string[] {
  return [...pairs].sort();
}

describe("all boards of the kernel", () => {
  interface Compared {
    readonly theirs: Pairs;
    readonly ours: Pairs;
    readonly oursOfBlob: Pairs;
    readonly tree: DeviceTree;
  }

  const compared = new Map<string, Compared>();

  beforeAll(async () => {
    const top = linuxSource();
    const includeDirs = [`${top}/scripts/dtc/include-prefixes`];
    const cache = new SourceCache(diskFiles);
    await eachAtOnce(boardSources(top), async (source) => {
      const folder = dirname(source);
      const { pairs, blob } = await runDtc(await preprocess(source, includeDirs), ["-I", "dts", "-i", folder], folder);
      const { tree } = parseSource(source, readFileSync(source, "latin1"), { files: diskFiles, includeDirs, cache });
      const oursOfBlob = pairsOf(readBlob(blob).tree!);
      compared.set(relative(`${top}/arch/arm64/boot/dts`, source), {
        theirs: pairs,
        ours: pairsOf(tree!),
        oursOfBlob,
        tree: tree!,
      });
    });
  });

  /**
   * dtc takes a node whose children were all deleted for one with children (`node->children` still holds them), and says
   * that its cells are unnecessary. They stand there for children that are to come, and count nothing: no finding.
   */
  function isOfDeletedChildren(pair: string, tree: DeviceTree): boolean {
    const [check, node] = pair.split(" ");
    return check === "avoid_unnecessary_addr_size" && tree.nodeAt(node!)!.children.length === 0;
  }

  test("fail the same checks at the same nodes, but for nodes whose children were all deleted", () => {
    expect(compared.size).toBe(boardSources(linuxSource()).length);
    const differences: string[] = [];
    const failing = new Set<string>();
    let findings = 0;
    for (const [name, { theirs, ours, tree }] of compared) {
      for (const pair of theirs) {
        if (!ours.has(pair) && !isOfDeletedChildren(pair, tree)) differences.push(`${name}: dtc alone has ${pair}`);
      }
      for (const pair of ours) {
        if (!theirs.has(pair)) differences.push(`${name}: dtc has not ${pair}`);
        failing.add(pair.split(" ")[0]!);
      }
      findings += ours.size;
    }
    expect(differences).toEqual([]);
    // Otherwise nothing was compared.
    expect(findings).toBeGreaterThan(compared.size);
    expect(failing.size).toBeGreaterThan(3);
  });

  test("with warnings are clean to the program, which shows them", () => {
    const board = `${linuxSource()}/arch/arm64/boot/dts/amlogic/meson-a1-ad401.dts`;
    const { status, report } = checkAsJson(board, "-I", `${linuxSource()}/scripts/dtc/include-prefixes`);
    expect(status).toBe(0);
    const shown = report.findings as { readonly rule: string; readonly node: string; readonly severity: string }[];
    const warnings = shown.filter(({ severity }) => severity === "warning").map(({ rule, node }) => `${rule} ${node}`);
    const { theirs } = compared.get("amlogic/meson-a1-ad401.dts")!;
    expect(theirs.size).toBeGreaterThan(0);
    expect(warnings).toEqual(expect.arrayContaining([...theirs]));
  });

  test("fail the same as blobs", () => {
    const differing = [...compared].filter(
      ([, { ours, oursOfBlob }]) => sorted(ours).join() !== sorted(oursOfBlob).join(),
    );
    expect(differing.map(([name]) => name)).toEqual([]);
  });
});

describe("the trees of the tests", () => {
  test.each(FAILING_SOURCES)("$check: $what", async ({ check, contents, node }) => {
    const { pairs } = await dtcOnSource(board(contents));
    expect(sorted(pairs)).toEqual(SHARED.has(check) ? [`${check} ${node}`] : []);
  });

  test.each(SOUND_SOURCES)("sound: %s", async (_what, contents) => {
    expect(sorted((await dtcOnSource(board(contents))).pairs)).toEqual([]);
  });

  test.each(PREREQUISITE_SOURCES)("$check after $before", async ({ failing, prerequisite }) => {
    const source = board(`${prerequisite} ${failing}`);
    expect(sorted((await dtcOnSource(source)).pairs)).toEqual(sorted(pairsOf(parse(source).tree!)));
  });

  test.each(FAILING_BLOBS)("in a blob, $check: $what", async ({ check, tree, node }) => {
    expect(sorted((await dtcOnBlob(writeBlob(tree()))).pairs)).toEqual([`${check} ${node}`]);
  });

  test.each(SOUND_BLOBS)("sound, in a blob: %s", async (_what, tree) => {
    expect(sorted((await dtcOnBlob(writeBlob(tree()))).pairs)).toEqual([]);
  });
});

/**
 * Nodes of all kinds within one another. A `ranges` is empty or long enough for one address each way: dtc reads the
 * addresses of a simple bus's child without looking whether they are there.
 */
function nodesOf(depth: number): fc.Arbitrary<string> {
  if (depth === 0) return fc.constant("");
  const node = fc
    .tuple(fc.constantFrom(...UNIT_ADDRESSES), fc.subarray(PROPERTIES, { maxLength: 6 }), nodesOf(depth - 1))
    .map(([unit, properties, nodes]) => `${unit} { ${onePerName(properties)} ${nodes} };`);
  return fc.array(node, { maxLength: 4 }).map((nodes) => nodes.map((rest, index) => `n${index}${rest}`).join(" "));
}

const UNIT_ADDRESSES = ["", "@1", "@2", "@01", "@0x2", "@a", "@A", "@", "@1,0"];

const PROPERTIES = [
  "reg = <1>;",
  "reg = <1 0>;",
  "reg = <2 0 1>;",
  "reg = <0 1 0 1>;",
  "ranges;",
  "ranges = <0 0 0 1>;",
  "ranges = <0 0 0 2 0 1>;",
  "dma-ranges;",
  "dma-ranges = <0 0 0>;",
  "#address-cells = <1>;",
  "#address-cells = <2>;",
  "#size-cells = <0>;",
  "#size-cells = <1>;",
  'compatible = "simple-bus";',
  'status = "disabled";',
  "model = <1>;",
  "n1;",
];

/** Of properties of one name, the last. */
function onePerName(properties: readonly string[]): string {
  return [...new Map(properties.map((property) => [property.split(/[ ;]/)[0]!, property])).values()].join(" ");
}

describe("random trees", () => {
  test("fail the same checks at the same nodes", async () => {
    let findings = 0;
    await fc.assert(
      fc.asyncProperty(nodesOf(3), async (nodes) => {
        const source = board(nodes);
        const ours = pairsOf(parse(source).tree!);
        expect(sorted(ours)).toEqual(sorted((await dtcOnSource(source)).pairs));
        findings += ours.size;
      }),
      { numRuns: 500 },
    );
    expect(findings).toBeGreaterThan(500);
  });
});
