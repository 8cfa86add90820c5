import type { Finding } from "../core/finding.ts";
import { plainPath } from "./plain-path.ts";

/** What makes a finding the same one in another version of its file: not its place, which moves, nor how its input is written. */
export function findingKey(input: string, { rule, node, message }: Pick<Finding, "rule" | "node" | "message">): string {
  return JSON.stringify([plainPath(input), rule, node, message]);
}
