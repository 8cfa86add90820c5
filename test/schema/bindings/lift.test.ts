import { describe, expect, test } from "vitest";
import { liftNode } from "../../../schema/bindings/lift.ts";

/** What becomes of one property of a binding. */
function lifted(name: string, schema: object): unknown {
  const node = liftNode({ properties: { [name]: schema } } as never) as { properties: Record<string, unknown> };
  return JSON.parse(JSON.stringify(node.properties[name]));
}

// dt-schema's example-schema.yaml and its documentation of how properties are encoded: texts are lists, cells are rows.
describe("what a binding says of a property, as it is said of rows of cells and lists of texts", () => {
  test.each([
    ["one text", "label", { const: "a" }, { type: "array", minItems: 1, maxItems: 1, items: [{ const: "a" }] }],
    [
      "texts in order",
      "clock-names",
      { items: [{ const: "a" }, { const: "b" }] },
      { type: "array", minItems: 2, maxItems: 2, items: [{ const: "a" }, { const: "b" }] },
    ],
    [
      "one cell",
      "depth",
      { enum: [1, 2] },
      {
        type: "array",
        minItems: 1,
        maxItems: 1,
        items: [{ type: "array", minItems: 1, maxItems: 1, items: [{ enum: [1, 2] }] }],
      },
    ],
    ["so many entries", "clocks", { maxItems: 2 }, { minItems: 2, maxItems: 2 }],
    ["as many as there can be", "clocks", { minItems: 1, maxItems: 2 }, { minItems: 1, maxItems: 2 }],
    ["ranges of memory", "reg", { maxItems: 1 }, { type: "array", minItems: 1, maxItems: 1 }],
    [
      "entries that are only described",
      "reg",
      { items: [{ description: "registers" }, { description: "memory" }] },
      { type: "array", minItems: 2, maxItems: 2 },
    ],
    [
      "an array of cells: in one row, or a row each",
      "weights",
      { $ref: "/schemas/types.yaml#/definitions/uint32-array", minItems: 2, maxItems: 3 },
      {
        $ref: "/schemas/types.yaml#/definitions/uint32-array",
        anyOf: [
          { type: "array", minItems: 1, maxItems: 1, items: { type: "array", minItems: 2, maxItems: 3 } },
          { type: "array", minItems: 2, maxItems: 3, items: { type: "array", minItems: 1, maxItems: 1 } },
        ],
      },
    ],
    [
      "each cell of an array",
      "weights",
      { $ref: "/schemas/types.yaml#/definitions/uint32-array", items: { maximum: 7 } },
      {
        $ref: "/schemas/types.yaml#/definitions/uint32-array",
        type: "array",
        items: { type: "array", items: { maximum: 7 } },
      },
    ],
    ["a flag", "wakeup-source", { type: "boolean" }, { type: "boolean" }],
    ["anything", "reg", true, true],
  ])("%s", (_what, name, schema, expected) => {
    expect(lifted(name, schema as object)).toEqual(expected);
  });

  test("a node that allows nothing else allows what every node may have", () => {
    const node = liftNode({ properties: { reg: true, clocks: true }, additionalProperties: false }) as {
      properties: object;
      patternProperties: object;
    };
    expect(Object.keys(node.properties).sort()).toEqual(
      [
        ...["reg", "clocks", "phandle", "status", "secure-status", "$nodename", "pinctrl-names"],
        ...["assigned-clocks", "assigned-clock-rates", "assigned-clock-parents"],
      ].sort(),
    );
    expect(Object.keys(node.patternProperties)).toEqual(["^pinctrl-[0-9]+$"]);
  });

  test("interrupts may be interrupts-extended, required or not", () => {
    const node = liftNode({ properties: { interrupts: { maxItems: 1 } }, required: ["reg", "interrupts"] });
    expect(JSON.parse(JSON.stringify(node))).toMatchObject({
      properties: { "interrupts-extended": { minItems: 1, maxItems: 1 }, "interrupt-parent": true },
      required: ["reg"],
      allOf: [{ oneOf: [{ required: ["interrupts"] }, { required: ["interrupts-extended"] }] }],
    });
  });
});
