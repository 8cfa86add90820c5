/** Schemas that a user brings: bindings in the style of dt-schema, read once and held against each input. */
import { statSync } from "node:fs";
import { Script } from "node:vm";
import type { Diagnostic } from "../dts/diagnostic.ts";
import type { SourceMap, Span } from "../dts/source.ts";
import type { DeviceTree } from "../dts/tree.ts";
import { type Binding, readBinding } from "../schema/bindings/read-binding.ts";
import { type BindingProblem, compileBindings } from "../schema/bindings/validate-bindings.ts";
import { Failure } from "./failure.ts";
import { readInputBytes } from "./files.ts";
import { writeStandardError } from "./standard-streams.ts";

const BINDINGS_IN_FOLDER = "**/*.{yaml,yml,json}";

/** A pattern can take longer than the age of the machine on a text of thirty characters. */
const LIMIT_MILLISECONDS = 10_000;
const MILLISECONDS_A_SCHEMA = 20;

/**
 * Reads schemas, and makes what holds a tree against them. Throws a `Failure` where one cannot be read or used, and,
 * while it works, where the schemas take too long on a tree.
 */
export async function loadUserSchemas(paths: readonly string[]): Promise<(tree: DeviceTree) => readonly Diagnostic[]> {
  const bindings: Binding[] = [];
  /** Of a folder, as of the kernel's bindings, those are passed over that cannot be used; a file was meant. */
  const tell = (path: string, problem: string): void => {
    if (paths.includes(path)) throw new Failure(`cannot use a schema: ${problem}`);
    writeStandardError(`carveout: passing over a schema: ${problem}\n`);
  };
  for (const path of await filesOf(paths)) {
    const { binding, diagnostics, sources } = readBinding(path, readInputBytes(path).toString("utf8"));
    const [first] = diagnostics;
    if (first !== undefined) tell(path, problemText(first.message, first.span, sources));
    else if (binding !== null) bindings.push(binding);
  }
  const onProblem = ({ binding, message, span }: BindingProblem): void =>
    tell(binding.file.path, problemText(message, span, binding.document.sources));
  const limit = LIMIT_MILLISECONDS + bindings.length * MILLISECONDS_A_SCHEMA;
  const validate = limited(limit, () => compileBindings(bindings, onProblem));
  return (tree) => limited(limit, () => validate(tree));
}

async function filesOf(paths: readonly string[]): Promise<string[]> {
  const files: string[] = [];
  for (const path of paths) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) files.push(path);
    else {
      const { globSync } = await import("tinyglobby");
      const found = globSync(BINDINGS_IN_FOLDER, { cwd: path, followSymbolicLinks: false });
      if (found.length === 0) throw new Failure(`${path} holds no schema: no file below it ends in .yaml`);
      files.push(...found.sort().map((name) => `${path.replace(/\/$/, "")}/${name}`));
    }
  }
  return [...new Set(files)];
}

function problemText(message: string, span: Span, sources: SourceMap): string {
  const location = sources.locate(span);
  const place = location === null ? "" : `${location.file}:${location.line}:${location.column}: `;
  return `${place}${message}`;
}

/** What the limited script calls. */
const WORK = Symbol.for("carveout.limited-work");
let script: Script | null = null;

/** Does some work, and throws a `Failure` where it takes longer than it may: nothing else stops a pattern that does not end. */
function limited<Result>(milliseconds: number, work: () => Result): Result {
  script ??= new Script('globalThis[Symbol.for("carveout.limited-work")]()');
  const shared = globalThis as { [WORK]?: () => Result };
  shared[WORK] = work;
  try {
    return script.runInThisContext({ timeout: milliseconds });
  } catch (error) {
    if (error instanceof RangeError) throw new Failure("the schemas of --schema refer to themselves without end");
    if (!(error instanceof Error) || !("code" in error) || error.code !== "ERR_SCRIPT_EXECUTION_TIMEOUT") throw error;
    throw new Failure(
      `the schemas of --schema take longer than ${Math.round(milliseconds / 1000)} s on one tree; most often a pattern is to blame, as (a+)+ is`,
    );
  } finally {
    delete shared[WORK];
  }
}
