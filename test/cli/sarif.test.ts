import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { carveout, folderWith } from "./program.ts";

/** The schema that OASIS publishes, of a draft that ajv reads when it goes by no name. */
const {
  $schema: _draft,
  id: _id,
  ...schema
} = JSON.parse(readFileSync("test/fixtures/sarif-schema-2.1.0.json", "utf8"));
const isSarif = new Ajv({ strict: false, validateFormats: false }).compile(schema);

function expectSarif(text: string) {
  const log = JSON.parse(text);
  isSarif(log);
  expect(isSarif.errors ?? []).toEqual([]);
  return log.runs[0];
}

const examples = readdirSync("examples").filter((name) => /\.(dts|yaml)$/.test(name));

/** A board in one folder and what it includes in the one beside it, which is at fault. */
function folderWithSoc(): string {
  const cwd = folderWith({});
  for (const name of ["boards", "common"]) mkdirSync(join(cwd, name));
  writeFileSync(join(cwd, "boards/a.dts"), '/dts-v1/;\n#include "../common/soc.dtsi"\n');
  writeFileSync(join(cwd, "common/soc.dtsi"), "/ { x = <1> };\n");
  return cwd;
}

test.each(examples)("examples/%s: valid SARIF, with the findings of the JSON at their places", (name) => {
  const path = `examples/${name}`;
  const run = carveout(["check", path, "--format", "sarif"]);
  const json = carveout(["check", path, "--format", "json"]);
  expect(run).toMatchObject({ code: json.code, err: "" });
  const { results, tool } = expectSarif(run.out);
  const { findings } = JSON.parse(json.out);
  expect(results).toHaveLength(findings.length);
  for (const [index, finding] of findings.entries()) {
    const result = results[index];
    expect(result.ruleId).toBe(finding.rule);
    expect(tool.driver.rules[result.ruleIndex].id).toBe(finding.rule);
    expect(result.level).toBe(finding.severity);
    expect(result.message.text).toContain(finding.message);
    const { artifactLocation, region } = result.locations[0].physicalLocation;
    expect(artifactLocation.uri).toBe(finding.location?.file ?? path);
    if (finding.location === null) continue;
    const { line, column, endLine, endColumn } = finding.location;
    expect(region).toEqual({ startLine: line, startColumn: column, endLine, endColumn });
  }
});

describe("SARIF", () => {
  test("all examples in one run, under every series: valid, and what all kernels share told once", () => {
    const args = [...examples.map((name) => `examples/${name}`), "--kernel", "all", "--format", "sarif"];
    const { results } = expectSarif(carveout(["check", ...args]).out);
    const syntax = results.filter(({ ruleId }: { ruleId: string }) => ruleId === "phandle_references");
    expect(syntax).toHaveLength(1);
  });

  test("an include leads back to the line that has it, and a name with blanks is a URI", () => {
    const cwd = folderWith({ "a b.dts": '/dts-v1/;\n#include "c.dtsi"\n', "c.dtsi": "/ { x = <1> };\n" });
    const { results } = expectSarif(carveout(["check", "a b.dts", "--format", "sarif"], { cwd }).out);
    const [{ locations, relatedLocations }] = results;
    expect(locations[0].physicalLocation.artifactLocation.uri).toBe("c.dtsi");
    expect(relatedLocations.at(-1).physicalLocation).toMatchObject({
      artifactLocation: { uri: "a%20b.dts" },
      region: { startLine: 2 },
    });
  });

  test("paths through .. are plain, from the working directory and from the root", () => {
    const cwd = folderWithSoc();
    for (const [input, uri] of [
      ["./boards/a.dts", "common/soc.dtsi"],
      [join(cwd, "boards/a.dts"), `file://${cwd}/common/soc.dtsi`],
    ]) {
      const { results } = expectSarif(carveout(["check", input!, "--format", "sarif"], { cwd }).out);
      expect(results[0].locations[0].physicalLocation.artifactLocation.uri).toBe(uri);
    }
  });

  test("columns count characters, not bytes", () => {
    const line = '/ { a = "é𝄞"; b = <1>; b = <2>; };';
    const cwd = folderWith({ "x.dts": `/dts-v1/;\n${line}\n` });
    const { results } = expectSarif(carveout(["check", "x.dts", "--format", "sarif"], { cwd }).out);
    const { region } = results.find(({ ruleId }: { ruleId: string }) => ruleId.startsWith("duplicate_property"))
      .locations[0].physicalLocation;
    // The second b is the one that is told.
    expect(region.startColumn).toBe(line.lastIndexOf("b") + 1);
  });
});

describe("GitHub annotations", () => {
  test("file, line and column of the JSON, with what GitHub wants escaped", () => {
    const json = JSON.parse(carveout(["check", "examples/blocks-8k.dts", "--format", "json"]).out);
    const { code, out } = carveout(["check", "examples/blocks-8k.dts", "--format", "github"]);
    expect(code).toBe(1);
    const lines = out.trimEnd().split("\n");
    expect(lines).toHaveLength(json.findings.length);
    for (const [index, { location, rule }] of json.findings.entries()) {
      const { file, line, column, endColumn } = location;
      const head = `::error file=${file},line=${line},endLine=${line},col=${column},endColumn=${endColumn},title=${rule}::`;
      expect(lines[index]).toMatch(new RegExp(`^${head}`));
      expect(lines[index]).toContain("%0Ahelp: ");
    }
  });

  test("a name with a colon and a comma, a message with a per cent", () => {
    const cwd = folderWith({ "a:b,c.dts": "/dts-v1/;\n/ { x = %; };\n" });
    const { out } = carveout(["check", "a:b,c.dts", "--format", "github"], { cwd });
    expect(out).toMatch(/^::error file=a%3Ab%2Cc\.dts,line=2,/);
    expect(out).toContain("'%25'");
  });

  test("paths through .. are plain, as GitHub knows them", () => {
    const { out } = carveout(["check", "boards/a.dts", "--format", "github"], { cwd: folderWithSoc() });
    expect(out).toMatch(/^::error file=common\/soc\.dtsi,line=1,/);
    const blob = { cwd: folderWith({ "a.dtb": new Uint8Array([0xd0, 0x0d, 0xfe, 0xed]) }) };
    expect(carveout(["check", "./a.dtb", "--format", "github"], blob).out).toMatch(/^::error file=a\.dtb,title=/);
  });

  test("nothing where nothing is found", () => {
    expect(carveout(["check", "examples/fvp-rfc-v2.dts", "--format", "github"])).toEqual({ code: 0, out: "", err: "" });
  });
});
