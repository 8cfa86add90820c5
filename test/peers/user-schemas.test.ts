/** Ten bindings of a user, and nodes good and bad for each, under --schema and under dt-validate. */
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readBlob } from "../../dts/blob/read-blob.ts";
import type { DeviceTree, TreeNode } from "../../dts/tree.ts";
import { readBinding } from "../../schema/bindings/read-binding.ts";
import { compileBindings } from "../../schema/bindings/validate-bindings.ts";
import { carveout, folderWith } from "../cli/program.ts";
import { complaintsOf, dtc } from "./processes.ts";
import { linuxSource, requireProgram } from "./tools.ts";

const OWN = fileURLToPath(new URL("user-schemas/", import.meta.url));
const FOLDER = mkdtempSync(join(tmpdir(), "carveout-user-schemas-"));
const NAMES = readdirSync(OWN).flatMap((file) => (file.endsWith(".yaml") ? [basename(file, ".yaml")] : []));

beforeAll(() => {
  requireProgram("dt-validate", "dt-schema");
  const kernels = join(linuxSource(), "Documentation/devicetree/bindings/reserved-memory/reserved-memory.yaml");
  mkdirSync(join(FOLDER, "reserved-memory"));
  // dt-schema 2022.08 has it from the kernel; we have our own.
  copyFileSync(kernels, join(FOLDER, "reserved-memory/reserved-memory.yaml"));
  for (const name of NAMES) copyFileSync(join(OWN, `${name}.yaml`), join(FOLDER, `${name}.yaml`));
});

afterAll(() => rmSync(FOLDER, { recursive: true }));

const validate = compileBindings(
  NAMES.map((name) => readBinding(`${name}.yaml`, readFileSync(join(OWN, `${name}.yaml`), "utf8")).binding!),
);

/** `node property`, or `node` alone for what is said of it as a whole. */
function oursOn(tree: DeviceTree): string[] {
  const found = validate(tree).map(({ node, message }) => {
    const name = node!.split("/").at(-1) || "/";
    const property =
      / has no (\S+) \(/.exec(message) ??
      / has (\S+), which the schema does not know/.exec(message) ??
      /, but no (\S+) \(/.exec(message) ??
      /^(\S+) of .* (?:is|must not) /.exec(message);
    return `${name} ${property?.[1] ?? ""}`.trim();
  });
  return [...new Set(found)].sort();
}

async function theirsOn(blob: string, tree: DeviceTree): Promise<string[]> {
  const text = await complaintsOf("dt-validate", ["-s", FOLDER, blob]);
  expect(text).not.toContain("Traceback");
  const found: { readonly node: string; readonly property: string; readonly isUnevaluated: boolean }[] = [];
  for (const [, told, from] of text.matchAll(/^\/\S+\.dtb: (.*?)\n\tFrom schema: (\S+)$/gms)) {
    if (!from!.startsWith(FOLDER)) continue;
    const [name = "", ...rest] = told!.split(": ");
    const hasPath = rest.length > 1 && !/[' {]/.test(rest[0]!);
    const steps = hasPath ? rest[0]!.split(":") : [];
    let node = nodeCalled(tree.root, name)!;
    while (steps.length > 0 && node.child(steps[0]!) !== null) node = node.child(steps.shift()!)!;
    const words = rest.slice(hasPath ? 1 : 0).join(": ");
    const quoted = /^((?:'[^']+',? ?)+)(?:is a required|do(?:es)? not match any|is a dependency)/.exec(words);
    const unevaluated = /^Unevaluated properties are not allowed \((.*) w/.exec(words);
    const named = [...(quoted?.[1] ?? unevaluated?.[1] ?? "").matchAll(/'([^']+)'/g)].map(([, property]) => property!);
    const properties = steps.length > 0 ? [steps[0]!] : named.length > 0 ? named : [""];
    for (const property of properties) {
      found.push({ node: node.name || "/", property, isUnevaluated: unevaluated !== null });
    }
  }
  // A property that breaks another schema counts as unevaluated too: that follows, and is no mistake of its own.
  const others = new Set(found.filter(({ isUnevaluated }) => !isUnevaluated).map(({ node }) => node));
  const told = found.filter(({ node, isUnevaluated }) => !isUnevaluated || !others.has(node));
  return [...new Set(told.map(({ node, property }) => `${node} ${property}`.trim()))].sort();
}

function nodeCalled(node: TreeNode, name: string): TreeNode | null {
  if (node.name === name || (name === "/" && node.parent === null)) return node;
  for (const child of node.children) {
    const found = nodeCalled(child, name);
    if (found !== null) return found;
  }
  return null;
}

/** What we tell and dt-validate does not, and why we are right. */
const OURS_ALONE: Readonly<Record<string, { readonly told: readonly string[]; readonly why: string }>> = {
  "acme,client": {
    told: ["level acme,level", "regions memory-region"],
    why: "maximum: 3 under definitions stands for the one cell, which dt-validate 2022.08 does not work out there; and it takes <&a &b &c> for one entry, as memory-region has its type from a binding of the kernel's",
  },
};

test("there are ten of them", () => expect(NAMES.length).toBe(10));

test.each(NAMES)("%s", async (name) => {
  const blob = await dtc(readFileSync(join(OWN, `${name}.dts`)), ["-f", "-q"]);
  const file = join(FOLDER, `${name}.dtb`);
  writeFileSync(file, blob);
  const { tree } = readBlob(blob);
  const theirs = await theirsOn(file, tree!);
  expect(theirs.length).toBeGreaterThan(4);
  expect(oursOn(tree!)).toEqual([...theirs, ...(OURS_ALONE[name]?.told ?? [])].sort());
});

test("a pattern that takes longer than the age of the machine is given up on", () => {
  const cwd = folderWith({
    "t.dts": `/dts-v1/;\n/ { a = "${"a".repeat(60)}b"; };\n`,
    "s.yaml": 'select: true\nproperties:\n  a:\n    pattern: "^(a+)+$"\n',
  });
  const { code, out, err } = carveout(["check", "t.dts", "--schema", "s.yaml"], { cwd });
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toContain("most often a pattern is to blame");
});
