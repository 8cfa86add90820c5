/** The package as a program that depends on it sees it: by its name, and from its tarball. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { carveout } from "./program.ts";

function node(args: readonly string[], cwd = process.cwd()) {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd, encoding: "utf8" });
  return { status, stdout, stderr };
}

describe("the programs in examples", () => {
  test("worst-order: the review's layout breaks from order 6 on, by every kernel that takes it but exact", () => {
    expect(node(["examples/programs/worst-order.mjs"])).toEqual({
      status: 0,
      stdout: "rfc-v1: absent\nrfc-v2: managed, orders 6 7 8 9 10\nrfc-v3: absent\nexact: managed\n",
      stderr: "",
    });
  });

  test("memory-sizes: the two banks of the FVP", () => {
    const blob = join(mkdtempSync(join(tmpdir(), "carveout-library-")), "fvp.dtb");
    expect(carveout(["convert", "examples/fvp-rfc-v2.dts", "-o", blob]).code).toBe(0);
    expect(node(["examples/programs/memory-sizes.mjs", blob]).stdout).toBe(
      "/memory@80000000: 2048 MiB\n/memory@880000000: 1920 MiB\n",
    );
  });
});

describe("the tarball", () => {
  const folder = mkdtempSync(join(tmpdir(), "carveout-pack-"));
  const root = join(folder, "node_modules", "carveout");

  beforeAll(() => {
    const pack = spawnSync("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], { encoding: "utf8" });
    expect(pack.status).toBe(0);
    const [tarball] = readdirSync(folder);
    mkdirSync(root, { recursive: true });
    const tar = spawnSync("tar", ["xzf", join(folder, tarball!), "-C", root, "--strip-components=1"]);
    expect(tar.status).toBe(0);
    // What npm would install beside it.
    for (const name of readdirSync("node_modules")) {
      if (name !== "carveout")
        symlinkSync(join(process.cwd(), "node_modules", name), join(folder, "node_modules", name));
    }
  });

  test("holds the program and the library, nothing of how they are made, and less than a megabyte", () => {
    expect(readdirSync(root).sort()).toEqual(["LICENSE", "README.md", "dist", "examples", "package.json"]);
    const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const sizes = files.map((entry) => statSync(join(entry.parentPath, entry.name)).size);
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(1_000_000);
  });

  const program = join(root, "dist/cli/main.js");
  const example = (name: string) => join(root, "examples", name);

  test("has a program that checks, in threads too, and reports as the one here does", () => {
    expect(node([program, example("fvp-rfc-v3.dts"), "--quiet"], folder)).toEqual({
      status: 0,
      stdout: "",
      stderr: "",
    });
    const inputs = ["fvp-rfc-v3.dts", "machine.yaml", "blocks-8k.dts"].map(example);
    const here = carveout(["check", ...inputs]);
    const there = node([program, "check", ...inputs, "--jobs", "2"], folder);
    expect(there).toEqual({ status: here.code, stdout: here.out, stderr: here.err });
    const page = node([program, "report", example("blocks-8k.dts")], folder).stdout;
    expect(page).toBe(carveout(["report", example("blocks-8k.dts")]).out);
    expect(node([program, "schema", "rfc-v3"], folder).stdout).toBe(carveout(["schema", "rfc-v3"]).out);
  });

  test("has a library whose parts are one, with types for all that it exports", () => {
    const script = `import * as all from "carveout";
      import { parseSource } from "carveout/dts"; import { validateTree } from "carveout/schema"; import { prove } from "carveout/core";
      console.log(all.parseSource === parseSource && all.validateTree === validateTree && all.prove === prove);`;
    expect(node(["--input-type=module", "-e", script], folder).stdout).toBe("true\n");
    const user = `import { type Proof, parseSource, prove } from "carveout";
export const proof: Proof = prove([], "exact", 10);
export const parsed: string | null = parseSource("a", "", { files: { read: () => ({ kind: "missing" }) }, includeDirs: [] }).tree?.root.name ?? null;
`;
    writeFileSync(join(folder, "user.ts"), user);
    const options = [
      "--noEmit",
      "--strict",
      "--module",
      "nodenext",
      "--target",
      "es2023",
      "--skipLibCheck",
      "false",
      "--types",
      "node",
    ];
    expect(node([join(process.cwd(), "node_modules/typescript/bin/tsc"), ...options, "user.ts"], folder)).toEqual({
      status: 0,
      stdout: "",
      stderr: "",
    });
  });
});
