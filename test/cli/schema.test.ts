import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { carveout, folderWith } from "./program.ts";

const HEAD = "$id: http://devicetree.org/schemas/acme,uart.yaml#\ntitle: t\n";
const UART = `${HEAD}properties:
  compatible:
    const: acme,uart
  reg:
    maxItems: 1
required: [compatible, reg]
additionalProperties: false
`;
const TREE = `/dts-v1/;
/ {
	#address-cells = <1>; #size-cells = <1>;
	memory@0 { device_type = "memory"; reg = <0 0x10000000>; };
	uart@1 { compatible = "acme,uart"; reg = <1 1>; speed = <9600>; };
};
`;

describe("--schema", () => {
  const folder = folderWith({ "t.dts": TREE, "uart.yaml": UART });
  const check = (...args: string[]) => carveout(["check", "t.dts", ...args], { cwd: folder });

  test("tells what a node has against the user's schema, and where the schema says so", () => {
    const { code, out } = check("--schema", "uart.yaml");
    expect(code).toBe(1);
    expect(out).toContain(
      "t.dts:5:50: error: uart@1 has speed, which the schema does not know (acme,uart.yaml) [schema-user]",
    );
    expect(out).toContain("uart.yaml:1:1: note: the schema");
    expect(check().code).toBe(0);
  });

  test("findings have their file, line and column in JSON, and can be turned off", () => {
    const { out } = check("--schema", "uart.yaml", "--format", "json");
    const finding = JSON.parse(out).findings.find(({ rule }: { rule: string }) => rule === "schema-user");
    expect(finding).toMatchObject({
      severity: "error",
      node: "/uart@1",
      location: { file: "t.dts", line: 5, column: 50 },
    });
    expect(check("--schema", "uart.yaml", "--disable", "schema-user").code).toBe(0);
    expect(check("--schema", "uart.yaml", "--severity", "schema-user=warning").code).toBe(0);
  });

  test("a folder of schemas, of which one refers to another", () => {
    const schemas = folderWith({
      "common.yaml":
        "$id: http://devicetree.org/schemas/common.yaml#\nselect: false\nproperties:\n  speed:\n    maximum: 4800\n",
      "uart.yaml": `${HEAD}allOf:\n  - $ref: common.yaml#\nproperties:\n  compatible:\n    const: acme,uart\n  reg: true\nunevaluatedProperties: false\n`,
    });
    // 9600 = 0x2580, 4800 = 0x12c0
    expect(check("--schema", schemas).out).toContain("speed of uart@1 is 0x2580; it takes 0x12c0 or less");
    expect(check("--schema", join(schemas, "uart.yaml"))).toMatchObject({ code: 2, out: "" });
  });

  test("of a folder, a schema that cannot be used is told and passed over", () => {
    const schemas = folderWith({
      "uart.yaml": UART,
      "broken.yaml": "a: [",
      "lost.yaml": "$ref: gone.yaml#\nselect: true\n",
    });
    const { code, out, err } = check("--schema", schemas);
    expect(code).toBe(1);
    expect(out).toContain("uart@1 has speed, which the schema does not know");
    expect(err.trimEnd().split("\n")).toEqual([
      expect.stringMatching(/^carveout: passing over a schema: .*broken\.yaml:1:\d+: /),
      expect.stringMatching(/^carveout: passing over a schema: .*lost\.yaml:1:1: it refers to .*gone\.yaml/),
    ]);
  });

  test.each([
    ["is not there", {}, "cannot read s.yaml: no such file or directory"],
    ["is no YAML", { "s.yaml": "a: [" }, "cannot use a schema: s.yaml:1:"],
    ["is no map", { "s.yaml": "- a\n" }, "cannot use a schema: s.yaml:1:1: a binding is a map of keywords"],
    ["has no address", { "s.yaml": "$id: 7\n" }, "s.yaml:1:6: $id is the address of the binding"],
    [
      "is no schema",
      { "s.yaml": `${HEAD}properties:\n  compatible:\n    const: a\n    type: 7\n` },
      "it is no JSON Schema",
    ],
    [
      "has a pattern that is none",
      { "s.yaml": `${HEAD}select: true\nproperties:\n  a:\n    pattern: "("\n` },
      "it is no JSON Schema",
    ],
    [
      "refers to nothing",
      { "s.yaml": `${HEAD}select: true\nproperties:\n  a:\n    $ref: gone.yaml#\n` },
      "it refers to http://devicetree.org/schemas/gone.yaml, which is neither",
    ],
    ["goes in circles", { "s.yaml": `${HEAD}select: true\n$ref: "#"\n` }, "refer to themselves without end"],
  ])("one that %s is no reason to crash", (_what, files: Record<string, string>, message) => {
    const cwd = folderWith({ "t.dts": TREE, ...files });
    const { code, out, err } = carveout(["check", "t.dts", "--schema", "s.yaml"], { cwd });
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain(message);
    expect(err).not.toContain("internal error");
  });

  test("names that JavaScript has a meaning for are names", () => {
    const tree = TREE.replace("speed = <9600>", "constructor = <1>; __proto__ = <2>; hasOwnProperty");
    const cwd = folderWith({ "t.dts": tree, "s.yaml": UART });
    const { out } = carveout(["check", "t.dts", "--schema", "s.yaml"], { cwd });
    const unknown = [...out.matchAll(/uart@1 has (\S+), which the schema does not know/g)].map(([, name]) => name);
    expect(unknown.sort()).toEqual(["__proto__", "constructor", "hasOwnProperty"]);
  });
});

describe("schema", () => {
  test("lists what it can print, and says what is meant by a name that is nearly one", () => {
    const { out } = carveout(["schema"]);
    const names = out
      .trimEnd()
      .split("\n")
      .map((line) => line.split(" ")[0]);
    expect(names.slice(0, 7)).toEqual([
      "description",
      "root",
      "memory",
      "reserved-memory",
      "rfc-v1",
      "rfc-v2",
      "rfc-v3",
    ]);
    expect(names.slice(7)).toEqual(["report", "matrix", "plan", "boot"]);
    expect(carveout(["schema", "rfc-v4"])).toMatchObject({
      code: 2,
      err: expect.stringContaining("did you mean rfc-v1?"),
    });
  });

  test("every binding that it prints can be used", () => {
    for (const name of ["root", "memory", "reserved-memory", "rfc-v1", "rfc-v2", "rfc-v3"]) {
      const folder = folderWith({ "s.yaml": carveout(["schema", name]).out });
      const example = fileURLToPath(
        new URL(
          `../../examples/fvp-${name.startsWith("rfc") && name !== "rfc-v1" ? name : "rfc-v3"}.dts`,
          import.meta.url,
        ),
      );
      const { out, err } = carveout(["check", example, "--schema", join(folder, "s.yaml")]);
      expect(err).toBe("");
      expect(out).not.toContain("schema-user");
    }
  });

  test("the YAML examples name the schema that their editor is to use, and it is the program's own", () => {
    const examples = new URL("../../examples/", import.meta.url);
    const schema = readFileSync(new URL("machine.schema.json", examples), "utf8");
    expect(schema).toBe(carveout(["schema", "description"]).out);
    for (const name of ["machine.yaml", "plain-machine.yaml", "server-64k.yaml", "zone-split.yaml"]) {
      const [first] = readFileSync(new URL(name, examples), "utf8").split("\n");
      expect(first).toBe("# yaml-language-server: $schema=machine.schema.json");
    }
  });
});
