// Compiles the JSON Schemas to plain code, so that no schema is compiled, and no Ajv loaded, when the program starts.
// Writes schema/generated/validators.js and .d.ts, and only where their content changes.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const generated = `${root}schema/generated`;

const source = await bundle({ entryPoints: [`${root}schema/schemas.ts`] });
const stamp = `// ${fingerprint(source)}\n`;
if (!readOrEmpty(`${generated}/validators.js`).startsWith(stamp)) {
  const { schemas } = await import(`data:text/javascript;base64,${Buffer.from(source).toString("base64")}`);
  const code = await compile(schemas);
  mkdirSync(generated, { recursive: true });
  writeIfChanged(`${generated}/validators.d.ts`, declarations(Object.keys(schemas)));
  // Last, since its stamp says that both are done.
  writeIfChanged(`${generated}/validators.js`, stamp + code);
}

/** One self-contained ES module as text. */
async function bundle(input) {
  const result = await build({
    ...input,
    bundle: true,
    write: false,
    format: "esm",
    platform: "neutral",
    target: "node20",
    logLevel: "error",
  });
  return result.outputFiles[0].text;
}

/** What the generated code depends on: the schemas, this script, the compiler. */
function fingerprint(schemaText) {
  const require = createRequire(import.meta.url);
  const hash = createHash("sha256");
  for (const part of [
    schemaText,
    readFileSync(fileURLToPath(import.meta.url), "utf8"),
    require("ajv/package.json").version,
  ]) {
    hash.update(part).update("\0");
  }
  return hash.digest("hex");
}

async function compile(schemas) {
  const { Ajv } = await import("ajv");
  const standalone = (await import("ajv/dist/standalone/index.js")).default;
  const ajv = new Ajv({
    schemas: Object.entries(schemas).map(([name, schema]) => ({ $id: name, ...schema })),
    allErrors: true,
    messages: false,
    strict: true,
    strictRequired: false,
    strictTypes: false,
    code: { source: true, esm: true },
  });
  const exported = Object.fromEntries(Object.keys(schemas).map((name) => [name, name]));
  const code = (standalone.default ?? standalone)(ajv, exported);
  const contents = `${code}\nexport const validators = { ${Object.keys(schemas).join(", ")} };\n`;
  return await bundle({ stdin: { contents, resolveDir: root, sourcefile: "validators.js" }, minify: true });
}

function declarations(names) {
  return `/** An error as Ajv gives it, without its text. */
export interface ValidationError {
  readonly instancePath: string;
  readonly schemaPath: string;
  readonly keyword: string;
  readonly params: { readonly missingProperty?: string; readonly additionalProperty?: string };
}
export interface Validator {
  (data: unknown): boolean;
  readonly errors?: readonly ValidationError[] | null;
}
export declare const validators: {
${names.map((name) => `  readonly ${name}: Validator;\n`).join("")}};
`;
}

function readOrEmpty(path) {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error.code === "ENOENT") return "";
    throw error;
  }
}

function writeIfChanged(path, content) {
  if (readOrEmpty(path) !== content) writeFileSync(path, content);
}
