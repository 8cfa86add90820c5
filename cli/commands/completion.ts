import type { Command } from "commander";
import { completionScript, SHELLS, type Shell } from "../completion/script.ts";
import { wordOf } from "../options.ts";
import { writeStandardOutput } from "../standard-streams.ts";

export function addCompletionCommand(program: Command): void {
  program
    .command("completion")
    .summary("print what a shell completes commands and options by")
    .description("print what a shell completes commands, options and their values by, to be read by it when it starts")
    .argument("<shell>", SHELLS.join(", "), wordOf(SHELLS))
    .addHelpText(
      "after",
      `
To have it whenever the shell starts:
  bash, in ~/.bashrc: eval "$(carveout completion bash)"
  zsh, in ~/.zshrc: eval "$(carveout completion zsh)"
  fish, once: carveout completion fish > ~/.config/fish/completions/carveout.fish`,
    )
    .action((shell: Shell) => {
      writeStandardOutput(completionScript(program, shell));
    });
}
