import type { Command } from "commander";
import { DEFAULT_COMMAND } from "../commands/input-options.ts";
import { flagsOf, shownOptions, type Values, valuesOf } from "./values.ts";

/**
 * Finds the word that is completed (`current`), the one before it and the command. Bash takes `=` for a word of its own,
 * zsh does not: what stands around it is put together again, `typed` being the part that bash wants no more of. Then
 * `--kernel=rfc` is the option and, after `prefix`, its value.
 */
const READ_WORDS = `  local at=$COMP_CWORD current="\${COMP_WORDS[COMP_CWORD]}" previous command=${DEFAULT_COMMAND} typed="" prefix=""
  local kind=words words=""
  if [ "$current" = "=" ]; then
    at=$((at-1))
    typed="\${COMP_WORDS[at]}="
    current="$typed"
  elif [ "$at" -gt 2 ] && [ "\${COMP_WORDS[at-1]}" = "=" ]; then
    at=$((at-2))
    typed="\${COMP_WORDS[at]}="
    current="$typed$current"
  fi
  previous="\${COMP_WORDS[at-1]}"
  case "$current" in
    --*=*) previous="\${current%%=*}" prefix="\${current%%=*}=" current="\${current#*=}" ;;
  esac`;

/** Files, and folders in bash, are the shell's own to find, which it does where it is given no word. */
const GIVE_WORDS = `  COMPREPLY=()
  case "$kind" in
    words) COMPREPLY=($(compgen -P "$prefix" -W "$words" -- "$current")) ;;
    folder) compopt +o bashdefault +o default -o dirnames 2>/dev/null ;;
    anything) compopt +o bashdefault +o default 2>/dev/null ;;
  esac
  if [ -n "$typed" ]; then COMPREPLY=("\${COMPREPLY[@]#"$typed"}"); fi`;

/** A function that fills COMPREPLY; zsh calls it as bash does. */
export function bashScript(program: Command, isZsh: boolean): string {
  const { commands } = program;
  const names = commands.map((command) => command.name());
  const flags = (command: Command) => shownOptions(command).flatMap(flagsOf);
  const usual = commands.find((command) => command.name() === DEFAULT_COMMAND)!;
  const first = [...flags(program), ...flags(usual)];
  const lines = [
    ...(isZsh ? ["autoload -U +X compinit && compinit", "autoload -U +X bashcompinit && bashcompinit"] : []),
    "_carveout() {",
    READ_WORDS,
    '  if [ "$at" -eq 1 ]; then command=""; fi',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: bash's, not ours
    '  if [ "$at" -gt 1 ]; then case "${COMP_WORDS[1]}" in',
    `    ${names.join("|")}) command="\${COMP_WORDS[1]}" ;;`,
    "  esac; fi",
    '  case "$command $previous" in',
    ...optionCases(commands),
    '    *) case "$command $current" in',
    `      " -"*) words="${[...new Set(first)].join(" ")}" ;;`,
    ...commands.map((command) => `      "${command.name()} -"*) words="${flags(command).join(" ")}" ;;`),
    `      " "*) words="${names.join(" ")}" ;;`,
    ...commands.map((command) => `      "${command.name()} "*) ${assignment(argumentValues(command))} ;;`),
    "    esac ;;",
    "  esac",
    GIVE_WORDS,
    "}",
    "complete -o bashdefault -o default -F _carveout carveout",
  ];
  return `${lines.join("\n")}\n`;
}

function argumentValues({ registeredArguments: [argument] }: Command): Values {
  return argument === undefined ? { kind: "anything" } : valuesOf(argument);
}

function assignment(values: Values): string {
  return values.kind === "words" ? `words="${values.words.join(" ")}"` : `kind=${values.kind}`;
}

/** A case for each set of values: most options are those of several commands. */
function optionCases(commands: readonly Command[]): string[] {
  const patterns = new Map<string, string[]>();
  for (const command of commands) {
    for (const option of shownOptions(command).filter(({ required }) => required)) {
      const then = assignment(valuesOf(option));
      const words = flagsOf(option).map((flag) => `"${command.name()} ${flag}"`);
      patterns.set(then, [...(patterns.get(then) ?? []), ...words]);
    }
  }
  return [...patterns].map(([then, words]) => `    ${words.join("|")}) ${then} ;;`);
}
