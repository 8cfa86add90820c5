/** Properties whose type the specification fixes for every node. */
import type { Property, TreeNode } from "../tree.ts";
import type { ReportFault } from "./check.ts";
import { count, nodeText } from "./tree-facts.ts";

export function isCell({ name, span, length }: Property, node: TreeNode, report: ReportFault): void {
  if (length === 4) return;
  report(() => ({
    span,
    message: `${name} of ${nodeText(node)} has ${count(length, "byte")}, not the 4 of one cell`,
    hint: `write one number in angle brackets: ${name} = <2>`,
  }));
}

export function isString({ name, span, value }: Property, node: TreeNode, report: ReportFault): void {
  const nul = value.indexOf(0);
  if (value.length > 0 && nul === value.length - 1) return;
  let what = "does not end in NUL: it is no string";
  if (value.length === 0) what = "is empty: it is no string";
  else if (value[value.length - 1] === 0) what = "holds more than one string";
  report(() => ({
    span,
    message: `${name} of ${nodeText(node)} ${what}`,
    hint: `write one text in double quotes: ${name} = "…"`,
  }));
}

export function isStringList({ name, span, value }: Property, node: TreeNode, report: ReportFault): void {
  if (value.length === 0 || value[value.length - 1] === 0) return;
  report(() => ({
    span,
    message: `${name} of ${nodeText(node)} does not end in NUL: it is no list of strings`,
    hint: `write texts in double quotes, with commas between: ${name} = "…", "…"`,
  }));
}
