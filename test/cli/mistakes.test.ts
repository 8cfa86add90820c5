/**
 * Twenty mistakes that people make in board files. What the program says of each is kept in test/golden/mistakes; what
 * it is to say is stated in mistake-table.ts. `UPDATE_GOLDEN=1 npx vitest run test/cli/mistakes.test.ts` writes the
 * texts anew: read each before it is committed.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type ExpectedReport, MISTAKES } from "./mistake-table.ts";
import { pasteBoards } from "./paste-boards.ts";
import { carveout, folderWith } from "./program.ts";

const ROOT = "test/golden/mistakes";

/** Every line of a report that says something of a place: severity and place, with the rule of a finding. */
function said(report: string): { severity: string; place: string; rule: string }[] {
  const lines = report.matchAll(/^(\S+:\d+:\d+): (error|warning|note): (?:.*\[([\w-]+)\]$)?/gm);
  return [...lines].map(([, place, severity, rule]) => ({ severity: severity!, place: place!, rule: rule ?? "" }));
}

function finding({ severity, place, rule }: ExpectedReport): { severity: string; place: string; rule: string } {
  return { severity: severity ?? "error", place, rule };
}

test("there are twenty, and the README shows each", () => {
  const folders = readdirSync(ROOT, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  expect(folders.map(({ name }) => name).sort()).toEqual(MISTAKES.map(({ name }) => name));
  expect(MISTAKES).toHaveLength(20);
  const readme = readFileSync(`${ROOT}/README.md`, "utf8");
  for (const { name } of MISTAKES) {
    expect(readme).toContain(`[${name}](${name}/board.dts)`);
    const [first] = readFileSync(`${ROOT}/${name}/ours.txt`, "utf8").match(/^\S+:\d+:\d+: (?:error|warning): .*$/m)!;
    expect(readme, name).toContain(`\`${first.replaceAll("|", "\\|")}\``);
    const [dtc] = readFileSync(`${ROOT}/${name}/dtc.txt`, "utf8").match(/^(?:Error: )?[\w.-]+:\d+[.:].*$/m)!;
    expect(readme, name).toContain(`\`${dtc.replaceAll("|", "\\|")}\``);
  }
});

test("at least five stand in included files or come from macros", () => {
  const isElsewhere = ({ place, notes = [] }: ExpectedReport): boolean =>
    !place.startsWith("board.dts:") || notes.some((note) => /\.h:/.test(note));
  expect(MISTAKES.filter(isElsewhere).length).toBeGreaterThanOrEqual(5);
});

describe("one report for one mistake, with its place and its mend", () => {
  test.each(MISTAKES)("$name", (expected) => {
    const { name, mend, includes = [], notes = [] } = expected;
    const { code, out, err } = carveout(["check", "board.dts"], { cwd: `${ROOT}/${name}` });
    const golden = `${ROOT}/${name}/ours.txt`;
    const text = `${out}exit ${code}\n`;
    if (process.env.UPDATE_GOLDEN === "1") writeFileSync(golden, text);
    expect(text).toBe(readFileSync(golden, "utf8"));
    expect(err).toBe("");
    expect(code).toBe(expected.severity === undefined ? 1 : 0);
    const lines = said(out);
    expect(lines.filter(({ severity }) => severity !== "note")).toEqual([finding(expected)]);
    expect(lines.filter(({ severity }) => severity === "note").map(({ place }) => place)).toEqual(notes);
    expect([...out.matchAll(/^ +included from (\S+)$/gm)].map(([, from]) => from)).toEqual(includes);
    expect(out).toMatch(mend);
  });
});

describe("two mistakes in one board give two reports", () => {
  const pairs = MISTAKES.flatMap((first, at) => MISTAKES.slice(at + 1).map((second) => [first, second] as const));

  test("there are 190 pairs", () => {
    expect(pairs).toHaveLength(190);
  });

  /** What is said of a pasted pair, each place in its own board's folder. */
  function expectedOf(pair: readonly [ExpectedReport, ExpectedReport]): string[] {
    const isHidden = ({ name, needsTree }: ExpectedReport): boolean =>
      needsTree === true || pair.some(({ hides }) => hides?.includes(name) === true);
    return pair
      .filter((one) => !isHidden(one))
      .map(({ name, place, rule }) => `${name}/${place} ${rule}`)
      .sort();
  }

  test.each(MISTAKES.slice(0, -2).map(({ name }) => name))("%s and each of those after it", (name) => {
    for (const pair of pairs.filter(
      ([first, second]) => first.name === name && !(first.needsTree && second.needsTree),
    )) {
      const label = pair.map((one) => one.name).join(" and ");
      expect(pasteBoards(ROOT, pair[0].name, pair[1].name).reports, label).toEqual(expectedOf(pair));
    }
  });

  test("of the two that need a whole tree, one has the other for a prerequisite", () => {
    const { text } = pasteBoards(ROOT, "19-unit-address", "20-reg-cells");
    const { out } = carveout(["check", "pair.dts"], { cwd: folderWith({ "pair.dts": text }) });
    const found = said(out).filter(({ severity }) => severity !== "note");
    expect(found.map(({ place, rule }) => `${place} ${rule}`).sort()).toEqual([
      "20-reg-cells/board.dts:10:3 schema-reg-length",
    ]);
  });
});
