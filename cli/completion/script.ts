import type { Command } from "commander";
import { bashScript } from "./bash.ts";
import { fishScript } from "./fish.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;

export type Shell = (typeof SHELLS)[number];

/** What a shell reads to complete the words of a command line. */
export function completionScript(program: Command, shell: Shell): string {
  return shell === "fish" ? fishScript(program) : bashScript(program, shell === "zsh");
}
