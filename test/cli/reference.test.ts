import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { allRules } from "../../core/rules/catalogue.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

test("docs/reference/ is what the program says of itself today", () => {
  const { status, stderr } = spawnSync(process.execPath, ["scripts/reference.js", "--check"], {
    cwd: root,
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});

test("it has every rule, and everything that the library exports", () => {
  const read = (name: string) => readFileSync(`${root}docs/reference/${name}`, "utf8");
  for (const { id } of allRules) expect(read("rules.md")).toContain(`\n## ${id}\n`);
  const api = read("api.md");
  for (const room of ["dts", "schema", "core"]) {
    const index = readFileSync(`${root}${room}/index.ts`, "utf8");
    const names = [...index.matchAll(/export (?:type )?\{([^}]*)\}/g)].flatMap(([, list]) => list!.match(/\w+/g) ?? []);
    for (const name of names.filter((word) => word !== "type"))
      expect(api).toMatch(new RegExp(`### ${name}\n\n\`\`\`ts\n[^\`]`));
  }
});
