/** The kernel's own bindings, all of them, as --schema takes them, on the kernel's own boards; against dt-validate. */

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { readBlob } from "../../dts/blob/read-blob.ts";
import type { DeviceTree, TreeNode } from "../../dts/tree.ts";
import { readBinding } from "../../schema/bindings/read-binding.ts";
import { type BindingsValidator, compileBindings } from "../../schema/bindings/validate-bindings.ts";
import { keptFolder } from "../run-folder.ts";
import { complaintsOf, dtc, preprocess } from "./processes.ts";
import { linuxSource, requireProgram } from "./tools.ts";

const FOLDER = mkdtempSync(join(tmpdir(), "carveout-kernel-bindings-"));
const CORE = "/usr/lib/python3/dist-packages/dtschema/schemas";
const PROCESSED = join(keptFolder(), "carveout-kernel-bindings.json");

/** Bindings of 6.1 that are none, and why; dt-validate passes over them, or takes them for something else. */
const UNUSABLE: Readonly<Record<string, string>> = {
  "ralink,mt7620-pinctrl.yaml": "a `-` by itself in a flow list is no YAML 1.2",
  "samsung,s3c2410-i2c.yaml": "`deprecated` is a text",
  "qcom,pmic-mpp.yaml": "a property is null",
  "amlogic,axg-pcie.yaml": "it refers to snps,dw-pcie-common.yaml, which 6.1 does not have",
};

let validate: BindingsValidator;
let top: string;

function yamlFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return yamlFiles(path);
    return entry.name.endsWith(".yaml") && !Object.hasOwn(UNUSABLE, entry.name) ? [path] : [];
  });
}

beforeAll(() => {
  requireProgram("dt-validate", "dt-schema");
  top = linuxSource();
  const bindings = join(top, "Documentation/devicetree/bindings");
  if (!existsSync(PROCESSED)) {
    const partial = `${PROCESSED}.${process.pid}`;
    const made = spawnSync("dt-mk-schema", ["-j", bindings], { stdio: ["ignore", openSync(partial, "w"), "ignore"] });
    expect(made.status).toBe(0);
    spawnSync("mv", [partial, PROCESSED]);
  }
  const files = [...yamlFiles(bindings), ...yamlFiles(CORE)];
  const read = files.flatMap((path) => readBinding(path, readFileSync(path, "utf8")).binding ?? []);
  expect(read.length).toBe(files.length);
  expect(read.length).toBeGreaterThan(2900);
  validate = compileBindings(read);
});

afterAll(() => rmSync(FOLDER, { recursive: true }));

/** `node schema` for each node that a schema has something against. */
function oursOn(tree: DeviceTree): string[] {
  const found = validate(tree).map(({ node, message }) => {
    const schema = / \((\S+)\)$/.exec(message)![1]!;
    return `${node!.split("/").at(-1) || "/"} ${basename(schema)}`;
  });
  return [...new Set(found)].sort();
}

async function theirsOn(blob: string, tree: DeviceTree): Promise<string[]> {
  const text = await complaintsOf("dt-validate", ["-s", PROCESSED, blob]);
  expect(text).not.toContain("Traceback");
  const found = new Set<string>();
  for (const [, told, from] of text.matchAll(/^\/\S+\.dtb: (.*?)\n\tFrom schema: (\S+)$/gms)) {
    const [name = "", path = ""] = told!.split(": ");
    let node = nodeCalled(tree.root, name)!;
    // What a schema has against a child it tells of the node that it chose.
    for (const step of path.split(":")) node = node.child(step) ?? node;
    found.add(`${node.name || "/"} ${basename(from!)}`);
  }
  return [...found].sort();
}

function nodeCalled(node: TreeNode, name: string): TreeNode | null {
  if (node.name === name || (name === "/" && node.parent === null)) return node;
  for (const child of node.children) {
    const found = nodeCalled(child, name);
    if (found !== null) return found;
  }
  return null;
}

test.each(["arm/fvp-base-revc", "arm/juno-r2", "ti/k3-am625-sk", "arm/foundation-v8"])(
  "%s, node by node",
  async (board) => {
    const prefixes = join(top, "scripts/dtc/include-prefixes");
    const blob = await dtc(await preprocess(join(top, "arch/arm64/boot/dts", `${board}.dts`), [prefixes]), ["-q"]);
    const file = join(FOLDER, `${basename(board)}.dtb`);
    writeFileSync(file, blob);
    const { tree } = readBlob(blob);
    expect(oursOn(tree!)).toEqual(await theirsOn(file, tree!));
  },
);
