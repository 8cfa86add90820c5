/** What may stand for the value of an option and for an argument, as the commands themselves have it. */
import { Argument, type Command, type Option } from "commander";
import { wordsOf } from "../options.ts";

/** One of a few words, a file, a folder, or what nobody can guess. */
export type Values =
  | { readonly kind: "words"; readonly words: readonly string[] }
  | { readonly kind: "file" | "folder" | "anything" };

/** Placeholders of values, as in `-o <file>`, that are looked for on the disk. */
const KIND_OF_PLACEHOLDER: Readonly<Record<string, "file" | "folder">> = {
  file: "file",
  overlay: "file",
  program: "file",
  input: "file",
  dir: "folder",
};

export function valuesOf(taken: Option | Argument): Values {
  const words = wordsOf(taken);
  if (words !== null) return { kind: "words", words };
  const placeholder = taken instanceof Argument ? taken.name() : (/<(.*)>/.exec(taken.flags)?.[1] ?? "");
  return { kind: KIND_OF_PLACEHOLDER[placeholder] ?? "anything" };
}

/** The options of a command, help among them. */
export function shownOptions(command: Command): readonly Option[] {
  return command.createHelp().visibleOptions(command);
}

/** `-o` and `--output`, or the one of them that there is. */
export function flagsOf({ short, long }: Option): string[] {
  return [short, long].flatMap((flag) => flag ?? []);
}
