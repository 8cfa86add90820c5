import type { Command } from "commander";
import { writeStandardOutput } from "../standard-streams.ts";
import { VERSION } from "../version.ts";

export function addManCommand(program: Command): void {
  program
    .command("man")
    .summary("print the manual page")
    .description("print the manual page: carveout man > carveout.1, or carveout man | man -l -")
    .action(() => {
      writeStandardOutput(manualPage(program));
    });
}

/** The page in the macros of man(7): all that `--help` says of the program and of each command. */
function manualPage(program: Command): string {
  const lines = [
    `.TH CARVEOUT 1 "" "carveout ${VERSION}" "User Commands"`,
    ".SH NAME",
    "carveout \\- check device trees against the kernels that read Arm MTE tag storage",
    ".SH SYNOPSIS",
    ".B carveout",
    "[\\fIcommand\\fR] \\fIinput\\fR... [\\fIoptions\\fR]",
    ".SH DESCRIPTION",
    text(program.description()),
    ...addedLines(program),
    ".SH OPTIONS",
    ...termLines(program),
    ".SH COMMANDS",
    ...program.commands.flatMap(commandLines),
    ".SH EXIT STATUS",
    ...[
      ["0", "No input has an error."],
      ["1", "An input has one."],
      ["2", "The job could not be done: bad usage, or a file that cannot be read or written."],
    ].flatMap(([code, words]) => [".TP", code!, words!]),
    ".SH ENVIRONMENT",
    ".TP",
    "NO_COLOR",
    "Where it is set, colour is used only with \\fB\\-\\-color always\\fR.",
    ".TP",
    "COLUMNS",
    "Columns of a map where output is no terminal; 80 where it is not set.",
    ".TP",
    "CARVEOUT_DEBUG",
    "Where it is set, an internal error shows where it happened.",
  ];
  return `${lines.join("\n")}\n`;
}

function commandLines(command: Command): string[] {
  const takes = command.registeredArguments.map((argument) => {
    const word = `\\fI${text(argument.name())}\\fR${argument.variadic ? "..." : ""}`;
    return argument.required ? word : `[${word}]`;
  });
  return [
    `.SS "carveout ${text(command.name())}"`,
    `\\fBcarveout ${text(command.name())}\\fR ${[...takes, "[\\fIoptions\\fR]"].join(" ")}`,
    ".PP",
    sentence(command.description()),
    ...termLines(command),
    ...addedLines(command),
  ];
}

/** Arguments and options, each with what help says of it. */
function termLines(command: Command): string[] {
  const help = command.createHelp();
  const terms = [
    ...help
      .visibleArguments(command)
      .map((argument) => [`\\fI${text(argument.name())}\\fR`, help.argumentDescription(argument)]),
    ...help
      .visibleOptions(command)
      .map((option) => [`\\fB${text(help.optionTerm(option))}\\fR`, help.optionDescription(option)]),
  ];
  return terms.flatMap(([term, description]) => [".TP", term!, text(description!)]);
}

/** What stands below the options in help: paragraphs, and lines that are set in, which stay as they are. */
function addedLines(command: Command): string[] {
  let told = "";
  command.configureOutput({
    writeOut: (piece) => {
      told += piece;
    },
  });
  command.outputHelp();
  const added = told.slice(command.helpInformation().length).trim();
  if (added === "") return [];
  let isSetIn = false;
  const lines = added.split("\n").flatMap((line) => {
    const before = line.startsWith(" ") === isSetIn ? [] : [isSetIn ? ".fi" : ".nf"];
    isSetIn = line.startsWith(" ");
    return [...before, line === "" ? ".PP" : text(line)];
  });
  return [".PP", ...lines, ...(isSetIn ? [".fi"] : [])];
}

function sentence(words: string): string {
  const written = text(words);
  return `${written.charAt(0).toUpperCase()}${written.slice(1)}.`;
}

/** Text as roff takes it: no line begins a request, and a hyphen is one. */
function text(words: string): string {
  return words
    .replaceAll("\\", "\\e")
    .replaceAll("-", "\\-")
    .split("\n")
    .map((line) => (/^[.']/.test(line) ? `\\&${line}` : line))
    .join("\n");
}
