import { describe, expect, test } from "vitest";
import { allRules, findRule } from "../../core/rules/catalogue.ts";
import { atCells, atNode, atProperty, raise } from "../../core/rules/raise.ts";
import { buildTree, node, textAt } from "./build-tree.ts";

describe("the catalogue", () => {
  test("has each id once, and finds it", () => {
    const ids = allRules.map((rule) => rule.id);
    expect(new Set(ids).size).toBe(ids.length);
    for (const rule of allRules) expect(findRule(rule.id)).toBe(rule);
    expect(findRule("no-such-rule")).toBeNull();
    expect(findRule("toString")).toBeNull();
  });

  test("has the six obligations", () => {
    for (const id of ["containment", "disjointness", "coverage", "precision", "release", "retention"]) {
      expect(findRule(id)?.severity).toBe("error");
    }
  });

  test.each(allRules.map((rule) => [rule.id, rule] as const))("%s tells its whole story", (id, rule) => {
    expect(id).toMatch(/^[a-z]+([-_][a-z]+)*$/);
    for (const text of [rule.title, rule.checks, rule.breach, rule.mend, rule.bad, rule.good]) {
      expect(text.trim()).toBe(text);
      expect(text).not.toBe("");
    }
    expect(rule.title).not.toMatch(/\.$/);
    for (const sentence of [rule.checks, rule.breach, rule.mend]) expect(sentence).toMatch(/\.$/);
    expect(rule.bad).not.toBe(rule.good);
    expect(rule.series === null || rule.series.length > 0).toBe(true);
  });
});

describe("raise", () => {
  const tree = buildTree({}, [node("n@1", { reg: [1, 2] })]);
  const owner = tree.root.children[0]!;

  test("fills in severity and consequence from the catalogue", () => {
    const finding = raise("tag-node-name", atNode(owner), { message: "m", hint: "h" });
    expect(finding).toEqual({
      rule: "tag-node-name",
      severity: "warning",
      consequence: "ignored",
      message: "m",
      hint: "h",
      node: "/n@1",
      span: owner.nameSpan,
    });
  });

  test("takes a consequence of its own where a rule has more than one kind of breach", () => {
    expect(raise("precision", atNode(owner), { message: "m", consequence: "overrun" }).consequence).toBe("overrun");
    expect(raise("precision", atNode(owner), { message: "m" }).consequence).toBe("waste");
  });

  test("points at a node, a property or a cell, and at the node where the property is missing", () => {
    expect(textAt(tree, atNode(owner).span)).toBe("n@1");
    expect(textAt(tree, atProperty(owner, "reg").span)).toBe("reg = <0x1 0x2>");
    expect(textAt(tree, atProperty(owner, "absent").span)).toBe("n@1");
    const reg = owner.property("reg")!;
    expect(textAt(tree, atCells(owner, reg, 1, 1).span)).toBe("0x2");
    expect(textAt(tree, atCells(owner, reg, 0, 2).span)).toBe("0x1 0x2");
    expect(textAt(tree, atCells(owner, reg, 1, 0).span)).toBe("0x2");
  });
});
