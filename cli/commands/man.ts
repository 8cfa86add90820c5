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

/** The page in the macros of man(7), from what the commands say of themselves. */
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
    ".PP",
    "\\fBcarveout\\fR \\fIinput\\fR... is short for \\fBcarveout check\\fR \\fIinput\\fR...",
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
    ".PP",
    `\\fBcarveout ${text(command.name())}\\fR ${takes.join(" ")} [\\fIoptions\\fR]`,
    ".PP",
    sentence(command.description()),
    ...command.options
      .filter(({ hidden }) => !hidden)
      .flatMap(({ flags, description, defaultValue }) => [
        ".TP",
        `\\fB${text(flags)}\\fR`,
        text(
          description +
            (typeof defaultValue === "string" || typeof defaultValue === "number" ? ` (default: ${defaultValue})` : ""),
        ),
      ]),
  ];
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
