/** Characters of names, as the specification (2.2.1, 2.2.4) has them. */
import type { Property, TreeNode } from "../tree.ts";
import type { ReportFault } from "./check.ts";
import { baseName, nodeText, type TreeFacts } from "./tree-facts.ts";

const NOT_IN_NODE_NAMES = /[^A-Za-z0-9,._+@-]/;
const NOT_IN_PROPERTY_NAMES = /[^A-Za-z0-9,._+*#?-]/;

export function nodeNameChars(node: TreeNode, report: ReportFault): void {
  if (NOT_IN_NODE_NAMES.test(node.name)) tellNodeName(node, report);
}

// Apart, here and below: one that all names go through makes nothing that only a report needs.
function tellNodeName(node: TreeNode, report: ReportFault): void {
  const [bad] = NOT_IN_NODE_NAMES.exec(node.name)!;
  report(() => ({
    span: node.nameSpan,
    message: `the name of node ${node.name} holds ${characterText(bad)}`,
    hint: "node names are made of letters, digits and , . _ + - with an @ before the unit address",
  }));
}

export function nodeNameFormat(node: TreeNode, report: ReportFault): void {
  if (node.name.indexOf("@") !== node.name.lastIndexOf("@")) tellSecondAt(node, report);
}

function tellSecondAt(node: TreeNode, report: ReportFault): void {
  report(() => ({
    span: node.nameSpan,
    message: `the name of node ${node.name} has more than one @`,
    hint: "a name has at most one @, which begins the unit address",
  }));
}

export function propertyNameChars(node: TreeNode, report: ReportFault, { soundNames }: TreeFacts): void {
  // By index, as all properties are looked at: until V8 optimizes it, an iterator makes an object for each.
  const { properties } = node;
  for (let i = 0; i < properties.length; i++) {
    const { name } = properties[i]!;
    if (soundNames.has(name)) continue;
    if (NOT_IN_PROPERTY_NAMES.test(name)) tellPropertyName(properties[i]!, node, report);
    else soundNames.add(name);
  }
}

function tellPropertyName(property: Property, node: TreeNode, report: ReportFault): void {
  const [bad] = NOT_IN_PROPERTY_NAMES.exec(property.name)!;
  report(() => ({
    span: property.nameSpan,
    message: `the name of property ${property.name} of ${nodeText(node)} holds ${characterText(bad)}`,
    hint:
      bad === "@"
        ? "a property has no unit address; if this is to be a node, it lacks its { }"
        : "property names are made of letters, digits and , . _ + * # ? -",
  }));
}

/** Trees of Open Firmware repeat each node's name in a property; source that does is mended or refused by the parser. */
export function nameProperties(property: Property, node: TreeNode, report: ReportFault): void {
  const name = baseName(node);
  if (property.length === name.length + 1 && property.strings()[0] === name) return;
  report(() => ({
    span: property.span,
    message: `property name of ${nodeText(node)} ${name === "" ? "is not empty" : `does not say ${name}`}`,
    hint: "leave the property out: a node's name is its own",
  }));
}

function characterText(character: string): string {
  const code = character.charCodeAt(0);
  const isVisible = code > 0x20 && code < 0x7f;
  return isVisible ? `the character ${character}` : `the character 0x${code.toString(16).padStart(2, "0")}`;
}
