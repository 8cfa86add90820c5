import { existsSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { nearest } from "../dts/nearest.ts";
import { ExitCode, Failure } from "./failure.ts";
import { writeStandardError, writeStandardOutput } from "./standard-streams.ts";
import { VERSION } from "./version.ts";

const EXIT_CODES = `Exit code: 0 where no input has an error, 1 where one has, 2 where the job could not be done.
"carveout INPUT…" is short for "carveout check INPUT…"; "carveout COMMAND --help" lists a command's options.`;

type AddCommand = (program: Command) => void;

const onInputs = () => import("./commands/on-inputs.ts");

/** How each command is loaded, which is done for the one that is called, and for all where help lists them. */
const COMMANDS: Readonly<Record<string, () => Promise<AddCommand>>> = {
  check: async () => (await onInputs()).addCheckCommand,
  regions: async () => (await onInputs()).addRegionsCommand,
  prove: async () => (await onInputs()).addProveCommand,
  run: async () => (await onInputs()).addRunCommand,
  report: async () => (await import("./commands/report.ts")).addReportCommand,
  plan: async () => (await import("./commands/plan.ts")).addPlanCommand,
  boot: async () => (await import("./commands/boot.ts")).addBootCommand,
  convert: async () => (await import("./commands/convert.ts")).addConvertCommand,
  schema: async () => (await import("./commands/schema.ts")).addSchemaCommand,
  explain: async () => (await import("./commands/explain.ts")).addExplainCommand,
  completion: async () => (await import("./commands/completion.ts")).addCompletionCommand,
  man: async () => (await import("./commands/man.ts")).addManCommand,
};

/** Commands about all the others. */
const ON_COMMANDS = ["completion", "man"];

/** `carveout help COMMAND` is `carveout COMMAND --help`, and `help` alone `--help`; a file of that name is `./help`. */
const HELP = "help";

/** The words of a command line, in which help is asked for by its option alone. */
function commandLine(words: readonly string[]): readonly string[] {
  const [first, command] = words;
  if (first !== HELP) return words;
  if (command === undefined || command.startsWith("-")) return ["--help"];
  if (Object.hasOwn(COMMANDS, command)) return [command, "--help"];
  throw new Failure(`there is no command ${command}${suggestion(command)}`);
}

/** The names of the commands that a command line needs. */
function neededCommands([word = "--help"]: readonly string[]): string[] {
  if (Object.hasOwn(COMMANDS, word) && !ON_COMMANDS.includes(word)) return [word];
  if (word === "-V" || word === "--version") return [];
  return word.startsWith("-") || ON_COMMANDS.includes(word) ? Object.keys(COMMANDS) : ["check"];
}

async function buildProgram(words: readonly string[]): Promise<Command> {
  const program = new Command("carveout");
  program
    .description("Checks descriptions of Arm MTE tag storage against the kernels that read them.")
    .version(`carveout ${VERSION}`, "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand(false)
    .usage("[command] INPUT… [options]")
    .addHelpText("after", `\n${EXIT_CODES}`)
    .configureOutput({ writeOut: writeStandardOutput, writeErr: writeStandardError })
    .exitOverride();
  for (const name of neededCommands(words)) (await COMMANDS[name]!())(program);
  return program;
}

async function main(): Promise<void> {
  try {
    const words = commandLine(process.argv.slice(2));
    if (words[0] !== undefined) refuseMistypedCommand(words[0]);
    const program = await buildProgram(words);
    if (words.length === 0) {
      program.outputHelp({ error: true });
      process.exitCode = ExitCode.failure;
      return;
    }
    await program.parseAsync(words, { from: "user" });
  } catch (error) {
    process.exitCode = ExitCode.failure;
    if (error instanceof CommanderError) {
      // commander has printed what it has to say; asking for help or the version is no failure.
      if (error.exitCode === 0) process.exitCode = ExitCode.clean;
    } else if (error instanceof Failure) writeStandardError(`carveout: ${error.message}\n`);
    else writeStandardError(internalError(error));
  }
}

/** A path may stand where a command may: what is neither, but nearly a command, is not to be taken for a path. */
function refuseMistypedCommand(word: string): void {
  if (word.startsWith("-") || Object.hasOwn(COMMANDS, word) || existsSync(word)) return;
  const near = suggestion(word);
  if (near !== "") throw new Failure(`there is no command or file ${word}${near}`);
}

function suggestion(word: string): string {
  const near = nearest(word, [...Object.keys(COMMANDS), HELP]);
  return near === null ? "" : `; did you mean ${near}?`;
}

/** Our own bug: no stack trace, which tells a user nothing, but what a report needs. `CARVEOUT_DEBUG=1` shows all. */
function internalError(error: unknown): string {
  if (process.env.CARVEOUT_DEBUG && error instanceof Error) return `${error.stack}\n`;
  const words = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return (
    `carveout: internal error: ${words}\n` +
    "This is a bug in carveout, not in your input. Please report it with the input, the command line and the output of\n" +
    `the same command with CARVEOUT_DEBUG=1 set: carveout ${VERSION}, Node ${process.version}, ${process.platform}.\n`
  );
}

void main();
