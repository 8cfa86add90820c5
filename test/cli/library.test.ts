/** The package as a program that depends on it sees it: by its name, and from its tarball. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
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

test("the tarball holds the program and the library, and nothing of how they are made", () => {
  const folder = mkdtempSync(join(tmpdir(), "carveout-pack-"));
  const pack = spawnSync("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], { encoding: "utf8" });
  expect(pack.status).toBe(0);
  const [tarball] = readdirSync(folder);
  mkdirSync(join(folder, "out"));
  expect(spawnSync("tar", ["xzf", join(folder, tarball!), "-C", join(folder, "out")]).status).toBe(0);
  const root = join(folder, "out", "package");
  expect(readdirSync(root).sort()).toEqual(["LICENSE", "README.md", "dist", "examples", "package.json"]);
  // The program needs nothing but Node: what it is made of is bundled.
  const check = node([join(root, "dist/cli/main.js"), join(root, "examples/fvp-rfc-v2.dts"), "--quiet"], folder);
  expect(check).toEqual({ status: 0, stdout: "", stderr: "" });
});
