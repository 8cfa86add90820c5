import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { parseYaml } from "../../dts/yaml/parse.ts";
import { decodeNode } from "../../schema/decode.ts";
import { validators } from "../../schema/generated/validators.js";
import { nodesOfKind } from "../../schema/node-kinds.ts";
import { PROPERTY_TYPES } from "../../schema/property-types.ts";
import { schemas } from "../../schema/schemas.ts";
import { change, node } from "../core/build-tree.ts";
import { machine, memory, reservedMemory, reservedRange, reservedTags, rootTags } from "./machine-tree.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

describe("the schemas", () => {
  test.each(Object.entries(schemas))("%s is a draft-07 schema", (_, schema) => {
    const ajv = new Ajv({ strict: false });
    expect(ajv.validateSchema(schema)).toBe(true);
  });

  test("each has its compiled validator, and there is no other", () => {
    expect(Object.keys(validators).sort()).toEqual(Object.keys(schemas).sort());
  });

  test("the compiled validators stand alone, and are not written anew where nothing changed", () => {
    const path = `${root}schema/generated/validators.js`;
    expect(readFileSync(path, "utf8")).not.toMatch(/require\(|\bfrom"|^import/m);
    const before = statSync(path).mtimeMs;
    execFileSync(process.execPath, [`${root}scripts/compile-schemas.js`]);
    expect(statSync(path).mtimeMs).toBe(before);
  });

  test("the description's schema alone, as an editor has it, finds wrong types", () => {
    const validate = new Ajv({ strict: false }).compile(schemas.description!);
    expect(validate({ memory: [{ name: "a", base: 0x80000000, size: "2G" }] })).toBe(true);
    expect(validate({ memory: [{ name: "a", base: "x", size: "2G" }] })).toBe(false);
    expect(validate({ memory: [{ name: "a", base: 0 }] })).toBe(false);
    expect(parseYaml("m.yaml", "# yaml-language-server: $schema=x\nmemory: []\n").diagnostics).toEqual([]);
  });
});

describe("which nodes have a schema", () => {
  test("the root, memory, reserved memory and its children, and tag storage by where it stands", () => {
    const tree = machine(
      memory,
      node("dram", { device_type: "memory" }),
      node("memory-controller@1", {}),
      node("soc", {}, [memory, node("reserved-memory", {}, [reservedTags])]),
      rootTags,
      { ...rootTags, name: "x-metadata" },
      { ...rootTags, name: "tags" },
      change({ ...rootTags, name: "tag-storage@0" }, { compatible: "other" }),
      reservedMemory(
        reservedRange,
        reservedTags,
        change({ ...reservedTags, name: "t" }, { compatible: ["x", "ARM,MTE-TAG-STORAGE"] }),
      ),
    );
    expect(nodesOfKind(tree).map(({ node: { path }, kind }) => `${path} ${kind}`)).toEqual([
      "/ root",
      "/memory@80000000 memory",
      "/dram memory",
      "/tag-storage@8f8000000 rootTagStorage",
      "/x-metadata rootTagStorage",
      "/reserved-memory reservedMemory",
      "/reserved-memory/secure@ff000000 reservedRange",
      "/reserved-memory/tag-storage@8f8000000 reservedTagStorage",
      "/reserved-memory/t reservedTagStorage",
    ]);
  });
});

describe("property bytes as JSON", () => {
  const decoded = (spec: typeof memory, kind: Parameters<typeof decodeNode>[1]) => ({
    ...decodeNode(machine(spec).root.children[0]!, kind).values,
  });

  test("cells, rows of cells, texts and flags", () => {
    const spec = change(memory, {
      reg: [0, 1, 2, 3, 4, 5, 6, 0xffffffff],
      "numa-node-id": [7],
      status: "okay",
      "x,y": [1],
    });
    expect(decoded(spec, "memory")).toEqual({
      device_type: "memory",
      reg: [
        [0, 1, 2, 3],
        [4, 5, 6, 0xffffffff],
      ],
      phandle: 1,
      "numa-node-id": 7,
      status: "okay",
      "x,y": true,
    });
    expect(decoded(change(reservedTags, { compatible: ["a", "b"], size: [1, 2] }), "reservedTagStorage")).toEqual({
      compatible: ["a", "b"],
      reg: [[8, 0xf8000000, 0, 0x4000000]],
      size: [1, 2],
      "block-size": 0x1000,
      "tagged-memory": 1,
      reusable: true,
    });
    expect(decoded(change(reservedMemory(), { ranges: [0, 0, 0, 1, 0, 2] }), "reservedMemory")).toEqual({
      "#address-cells": 2,
      "#size-cells": 2,
      ranges: [[0, 0, 0, 1, 0, 2]],
    });
  });

  test("what cannot be decoded is left out, with a fault", () => {
    const { values, faults } = decodeNode(machine(change(memory, { reg: [1] })).root.children[0]!, "memory");
    expect(Object.keys(values)).toEqual(["device_type", "phandle"]);
    expect(faults.map(({ property, kind }) => `${property.name} ${kind}`)).toEqual(["reg row"]);
  });

  test("every property that a shape schema names has a type", () => {
    for (const [kind, types] of Object.entries(PROPERTY_TYPES)) {
      const shape = schemas[`${kind}Shape`]!.properties as Record<string, unknown>;
      for (const name of Object.keys(shape)) expect(Object.hasOwn(types, name), `${kind} ${name}`).toBe(true);
    }
  });
});
