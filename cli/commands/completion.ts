import type { Command, Option } from "commander";
import { allRules } from "../../core/rules/catalogue.ts";
import { wordOf } from "../options.ts";
import { writeStandardOutput } from "../standard-streams.ts";

const SHELLS = ["bash", "zsh", "fish"] as const;

export function addCompletionCommand(program: Command): void {
  program
    .command("completion")
    .summary("print what a shell completes commands and options by")
    .description("print what a shell completes commands and options by, to be read by it when it starts")
    .argument("<shell>", SHELLS.join(", "), wordOf(SHELLS))
    .addHelpText(
      "after",
      '\nbash: eval "$(carveout completion bash)" in ~/.bashrc; zsh the same with zsh in ~/.zshrc;\n' +
        "fish: carveout completion fish > ~/.config/fish/completions/carveout.fish",
    )
    .action((shell: (typeof SHELLS)[number]) => {
      writeStandardOutput(shell === "fish" ? fishScript(program) : bashScript(program, shell === "zsh"));
    });
}

/** The flags of a command's options, `-o` and `--output` each; help among them. */
function flagsOf(command: Command): string[] {
  return [...visibleOptions(command).flatMap(({ short, long }) => [short, long]), "-h", "--help"].flatMap(
    (flag) => flag ?? [],
  );
}

function visibleOptions({ options }: Command): readonly Option[] {
  return options.filter(({ hidden }) => !hidden);
}

function bashScript(program: Command, isZsh: boolean): string {
  const names = program.commands.map((command) => command.name());
  const cases = program.commands.map(
    (command) => `    ${command.name()}) words="${[...flagsOf(command), ...wordsOf(command)].join(" ")}" ;;`,
  );
  const lines = [
    ...(isZsh ? ["autoload -U +X compinit && compinit", "autoload -U +X bashcompinit && bashcompinit"] : []),
    "_carveout() {",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: bash's, not ours
    '  local current="${COMP_WORDS[COMP_CWORD]}" command="" words="" word',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: bash's, not ours
    '  for word in "${COMP_WORDS[@]:1:$((COMP_CWORD-1))}"; do',
    '    case "$word" in',
    `      ${names.join("|")}) command="$word"; break ;;`,
    "    esac",
    "  done",
    '  case "$command" in',
    ...cases,
    `    *) words="${[...names, ...flagsOf(program)].join(" ")}" ;;`,
    "  esac",
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    "}",
    "complete -o bashdefault -o default -F _carveout carveout",
  ];
  return `${lines.join("\n")}\n`;
}

/** What a command's argument can be, where it is one of a few words. */
function wordsOf(command: Command): readonly string[] {
  if (command.name() === "explain") return allRules.map(({ id }) => id);
  return command.name() === "completion" ? SHELLS : [];
}

function fishScript(program: Command): string {
  const quote = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const optionLine = (condition: string, { short, long, description, required }: Option) =>
    [
      `complete -c carveout -n ${quote(condition)}`,
      ...(short === undefined ? [] : [`-s ${quote(short.slice(1))}`]),
      ...(long === undefined || long === null ? [] : [`-l ${quote(long.slice(2))}`]),
      ...(required ? ["-r"] : []),
      `-d ${quote(description)}`,
    ].join(" ");
  const lines = program.commands.flatMap((command) => {
    const condition = `__fish_seen_subcommand_from ${command.name()}`;
    const words = wordsOf(command);
    return [
      `complete -c carveout -n __fish_use_subcommand -a ${command.name()} -d ${quote(command.summary())}`,
      ...visibleOptions(command).map((option) => optionLine(condition, option)),
      ...(words.length === 0 ? [] : [`complete -c carveout -n ${quote(condition)} -f -a ${quote(words.join(" "))}`]),
    ];
  });
  return `${lines.join("\n")}\n`;
}
