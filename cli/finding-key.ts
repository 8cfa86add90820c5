import type { Finding } from "../core/finding.ts";

/** What makes a finding the same one in another version of its file: not its place, which moves. */
export function findingKey(input: string, { rule, node, message }: Pick<Finding, "rule" | "node" | "message">): string {
  return JSON.stringify([input, rule, node, message]);
}
