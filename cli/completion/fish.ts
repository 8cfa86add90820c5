import type { Command, Option } from "commander";
import { DEFAULT_COMMAND } from "../commands/input-options.ts";
import { shownOptions, type Values, valuesOf } from "./values.ts";

/** What fish is told of the values of an option that takes one: -x keeps files out, -rF lets them in. */
function optionValues(values: Values): string {
  switch (values.kind) {
    case "words":
      return `-x -a ${quoted(values.words.join(" "))}`;
    case "folder":
      return "-x -a '(__fish_complete_directories)'";
    case "file":
      return "-rF";
    case "anything":
      return "-x";
  }
}

function argumentValues({ registeredArguments: [argument] }: Command): string {
  const values: Values = argument === undefined ? { kind: "anything" } : valuesOf(argument);
  if (values.kind === "file") return "-F";
  return values.kind === "words" ? `-f -a ${quoted(values.words.join(" "))}` : "-f";
}

export function fishScript(program: Command): string {
  const { commands } = program;
  const others = commands.map((command) => command.name()).filter((name) => name !== DEFAULT_COMMAND);
  const lines = commands.flatMap((command) => {
    const name = command.name();
    // without a command it is the usual one, whose arguments are files
    const condition = quoted(
      name === DEFAULT_COMMAND
        ? `not __fish_seen_subcommand_from ${others.join(" ")}`
        : `__fish_seen_subcommand_from ${name}`,
    );
    return [
      `complete -c carveout -n __fish_use_subcommand -a ${name} -d ${quoted(command.summary())}`,
      ...shownOptions(command).map((option) => `complete -c carveout -n ${condition} ${optionWords(option)}`),
      `complete -c carveout -n ${condition} ${argumentValues(command)}`,
    ];
  });
  const ofProgram = shownOptions(program).map(
    (option) => `complete -c carveout -n __fish_use_subcommand ${optionWords(option)}`,
  );
  return `${[...lines, ...ofProgram].join("\n")}\n`;
}

function optionWords(option: Option): string {
  const { short, long, description, required } = option;
  return [
    ...(short === undefined ? [] : [`-s ${quoted(short.slice(1))}`]),
    ...(long === undefined || long === null ? [] : [`-l ${quoted(long.slice(2))}`]),
    ...(required ? [optionValues(valuesOf(option))] : []),
    `-d ${quoted(description)}`,
  ].join(" ");
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
