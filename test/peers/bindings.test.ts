/** Our schemas of nodes against dt-validate with bindings of the same content, as `carveout schema` prints them. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readBlob } from "../../dts/blob/read-blob.ts";
import type { Diagnostic } from "../../dts/diagnostic.ts";
import type { DeviceTree } from "../../dts/tree.ts";
import { readBinding } from "../../schema/bindings/read-binding.ts";
import { compileBindings } from "../../schema/bindings/validate-bindings.ts";
import { validateTree } from "../../schema/validate-tree.ts";
import { carveout } from "../cli/program.ts";
import { BINDING_TREES } from "./binding-trees.ts";
import { complaintsOf, eachAtOnce } from "./processes.ts";
import { requireProgram } from "./tools.ts";

const FOLDER = mkdtempSync(join(tmpdir(), "carveout-bindings-"));
const BINDINGS = ["root", "memory", "reserved-memory", "rfc-v3"];

beforeAll(() => {
  requireProgram("dt-validate", "dt-schema");
  requireProgram("dtc", "device-tree-compiler");
});

afterAll(() => rmSync(FOLDER, { recursive: true }));

/** The names of the nodes that dt-validate has something against, by the schemas of a folder alone; null where it crashes. */
async function dtValidate(schemas: string, blob: string): Promise<string[] | null> {
  const text = await complaintsOf("dt-validate", ["-s", schemas, blob]);
  if (text.includes("Traceback")) return null;
  const found = new Set<string>();
  // FILE: NODE: PATH: message, more of it, and at the end: From schema: FILE
  for (const [, told, from] of text.matchAll(/^\/\S+\.dtb: (.*?)\n\tFrom schema: (\S+)$/gms)) {
    if (!from!.startsWith(schemas)) continue;
    const [node = "", path = ""] = told!.split(": ");
    // What a binding of /reserved-memory has against a child.
    found.add(path.split(":").find((step) => step.includes("@")) ?? node);
  }
  return [...found].sort();
}

function nodesOf(diagnostics: readonly Diagnostic[], isOurs: (rule: string) => boolean): string[] {
  const nodes = diagnostics.filter(({ rule }) => isOurs(rule)).map(({ node }) => node!.split("/").at(-1) || "/");
  return [...new Set(nodes)].sort();
}

function compile(name: string, source: string): { readonly blob: string; readonly tree: DeviceTree } {
  const blob = join(FOLDER, `${name.replaceAll(/[^a-z0-9]+/gi, "-")}.dtb`);
  const { stdout, status } = spawnSync("dtc", ["-f", "-q", "-q", "-O", "dtb"], { input: source });
  if (status !== 0) throw new Error(`dtc: ${name}`);
  writeFileSync(blob, stdout);
  return { blob, tree: readBlob(stdout).tree! };
}

interface Difference {
  /** Nodes that `check` has something against. */
  readonly own: readonly string[];
  /** The same with the bindings as --schema. */
  readonly user: readonly string[];
  /** dt-validate's; null where it crashes. */
  readonly their: readonly string[] | null;
  readonly why: string;
}

const [MEMORY, TAGS_MEMORY, TAGS, BUFFER] = [
  "memory@80000000",
  "memory@8f8000000",
  "tags@8f8000000",
  "buffer@90000000",
] as const;

const CRASH = "dt-validate 2022.08 takes a reg without cells for a list, and stops with a TypeError; ours is right";
const CELLS =
  "ours is right: the nodes' reg is no whole number of rows by these cells, which a binding cannot say; dt-validate tells it by its core schema reg.yaml where the cells are 1 or 2";

/** Where we and dt-validate differ, and who is right. */
const DIFFERENCES: Readonly<Record<string, Difference>> = {
  "reg that is empty": { own: [TAGS], user: [TAGS], their: null, why: CRASH },
  "reg of five bytes": { own: [TAGS], user: [TAGS], their: null, why: CRASH },
  "memory with a reg that is empty": { own: [MEMORY], user: [MEMORY], their: null, why: CRASH },
  "a buffer with an empty reg": { own: [BUFFER], user: [BUFFER], their: null, why: CRASH },
  "reg of three cells": { own: [TAGS], user: [], their: [], why: CELLS },
  "an alignment of one cell": {
    own: [TAGS],
    user: [],
    their: [],
    why: "ours is right: the kernel takes #size-cells cells, 2 here (__reserved_mem_alloc_size), which a binding cannot say",
  },
  "a root of three address cells": { own: ["/", MEMORY, TAGS_MEMORY, TAGS], user: ["/"], their: ["/"], why: CELLS },
  "a root without #size-cells": { own: ["/", MEMORY, TAGS_MEMORY, TAGS], user: ["/"], their: ["/"], why: CELLS },
  "a root of two numbers of cells": {
    own: ["/", TAGS],
    user: ["/"],
    their: ["/"],
    why: "ours is right: there is no telling what the tags' memory takes, with cells that are wrong themselves",
  },
};

test("node by node, on good and bad trees of rfc-v3", async () => {
  const schemas = join(FOLDER, "schemas");
  mkdirSync(schemas);
  const texts = BINDINGS.map((name) => ({ name, text: carveout(["schema", name]).out }));
  for (const { name, text } of texts) writeFileSync(join(schemas, `carveout-${name}.yaml`), text);
  const validate = compileBindings(texts.map(({ name, text }) => readBinding(`${name}.yaml`, text).binding!));
  const trees = BINDING_TREES.map(({ name, source }) => ({ name, ...compile(name, source) }));
  expect(trees.length).toBeGreaterThanOrEqual(60);
  const theirs = await eachAtOnce(trees, ({ blob }) => dtValidate(schemas, blob));
  const differing: Record<string, object> = {};
  const whys = Object.entries(DIFFERENCES).map(([name, { why: _, ...nodes }]) => [name, nodes]);
  for (const [index, { name, tree }] of trees.entries()) {
    const own = nodesOf(validateTree(tree), (rule) => rule.startsWith("schema-"));
    const user = nodesOf(validate(tree), (rule) => rule === "schema-user");
    const their = theirs[index]!;
    if (own.join() !== their?.join() || user.join() !== their?.join()) differing[name] = { own, user, their };
  }
  expect(differing).toEqual(Object.fromEntries(whys));
});
