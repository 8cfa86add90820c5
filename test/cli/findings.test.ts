import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { carveout, PROGRAM } from "./program.ts";

const findings = readFileSync("docs/findings.md", "utf8");

/** A command line after `$ `, and what of its output is shown. */
const documents = findings + readFileSync("docs/proof.md", "utf8");
const sessions = [...documents.matchAll(/```console\n\$ ([^\n]*)\n([\s\S]*?)```/g)].map(([, line, shown]) => ({
  line: line!,
  shown: shown!,
}));

/** Text as an expression that finds it, with anything in place of a line of `…`. */
function withGaps(shown: string): RegExp {
  const lines = shown.split("\n").slice(0, -1);
  const pattern = lines.map((line) =>
    line === "…" ? "(?:.*\\n)*?" : `${line.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}\\n`,
  );
  return new RegExp(`^${pattern.join("")}$`);
}

test("each finding has a command", () => {
  const headings = findings.match(/^## \d/gm) ?? [];
  expect(sessions.length).toBeGreaterThan(headings.length);
});

test.each(sessions)("$line", ({ line, shown }) => {
  const command = line.replaceAll("carveout ", `'${process.execPath}' '${PROGRAM}' `);
  const { stdout, stderr } = spawnSync("sh", ["-c", command], { encoding: "utf8" });
  expect(stderr).toBe("");
  expect(stdout).toMatch(withGaps(shown));
});

describe("the lowest order that rfc-v3 does not cover", () => {
  const [, header, ...rows] = /\n(\| page .*)\n\| -.*\n((?:\|.*\n)+)/
    .exec(findings)!
    .flatMap((part, at) => (at === 2 ? part.trim().split("\n") : [part]));
  const cellsOf = (row: string) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
  const sizes = cellsOf(header!).slice(1);
  const cells = rows.flatMap((row) => {
    const [page, ...orders] = cellsOf(row);
    return orders.map((order, at) => ({ page: page!.replace(" KiB", "k"), size: sizes[at]!, order }));
  });

  test("three page sizes by twelve block sizes", () => expect(cells).toHaveLength(36));

  test.each(cells)("$page pages, blocks of $size: $order", ({ page, size, order }) => {
    const machine = page === "64k" ? "examples/server-64k.yaml" : "examples/machine.yaml";
    const input = readFileSync(machine, "utf8").replaceAll("block-size: 4k", `block-size: ${size}`);
    const { out } = carveout(["prove", "-", "--kernel", "rfc-v3", "--page-size", page, "--format", "json"], { input });
    const { outcome, safe, proof } = JSON.parse(out);
    expect(outcome).toBe("managed");
    const broken = proof.obligations.filter(({ holds }: { holds: boolean }) => !holds);
    expect(safe).toBe(order === "-");
    if (order !== "-") {
      expect(broken.map(({ name }: { name: string }) => name)).toEqual(["coverage"]);
      expect(broken[0].counterexample.order).toBe(Number(order));
    }
  });
});
