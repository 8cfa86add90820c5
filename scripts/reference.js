/**
 * Writes docs/reference/ from the built program and library: `npm run reference`. With --check it writes nothing, and
 * fails where a page is not what it would write.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { argv, execPath, exit, stderr } from "node:process";
import { fileURLToPath } from "node:url";
import { allRules } from "../dist/core/index.js";
import { outputSchemas } from "../dist/schema/index.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "docs", "reference");

function help(...words) {
  const { stdout } = spawnSync(execPath, [join(root, "dist/cli/main.js"), ...words, "--help"], { encoding: "utf8" });
  return stdout.trimEnd();
}

function commandsPage() {
  const all = help();
  const names = [...all.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name);
  const sections = names.flatMap((name) => [`## carveout ${name}`, "", "```text", help(name), "```", ""]);
  return [
    "# Commands",
    "",
    "What `--help` prints; `carveout man` prints the same as a manual page.",
    "",
    "```text",
    all,
    "```",
    "",
    ...sections,
  ].join("\n");
}

const cell = (text) => text.replaceAll("|", "\\|").replaceAll("\n", " ");

function rulesPage() {
  const rows = allRules.map(
    ({ id, severity, consequence, title }) => `| [${id}](#${id}) | ${severity} | ${consequence} | ${cell(title)} |`,
  );
  const sections = allRules.flatMap((rule) => [
    `## ${rule.id}`,
    "",
    `${rule.title}. ${rule.severity}; consequence: ${rule.consequence}; ${rule.series === null ? "whatever the kernel" : rule.series.join(", ")}.`,
    "",
    `**What is checked.** ${rule.checks}`,
    "",
    ...Object.entries(rule.functions ?? {}).map(([series, where]) => `- ${series}: \`${where}\``),
    ...(rule.functions === undefined ? [] : [""]),
    `**When it is broken.** ${rule.breach}`,
    "",
    `**How to mend it.** ${rule.mend}`,
    "",
    "Wrong:",
    "",
    "```dts",
    rule.bad,
    "```",
    "",
    "Right:",
    "",
    "```dts",
    rule.good,
    "```",
    "",
  ]);
  return [
    "# Rules",
    "",
    "What `carveout explain RULE` tells of each.",
    "",
    "| rule | severity | consequence | what holds where nothing is wrong |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
    ...sections,
  ].join("\n");
}

/** The type of a field, in a word. */
function typeText(schema) {
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${JSON.stringify(value)}\``).join(", ");
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeText).join(" or ");
  const types = [schema.type].flat();
  return types.map((type) => (type === "array" ? `list of ${schema.items.type ?? "values"}s` : type)).join(" or ");
}

/** Rows for the fields of an object, those below indented by their path. */
function fieldRows(schema, path) {
  const objectIn = schema.type === "array" || [schema.type].flat().includes("array") ? schema.items : schema;
  const suffix = objectIn === schema ? "" : "[]";
  return Object.entries(objectIn.properties ?? {}).flatMap(([name, field]) => {
    const here = path === "" ? name : `${path}${suffix}.${name}`;
    // what only one case lacks is told where that case is
    const isOptional = objectIn.else === undefined && !(objectIn.required ?? []).includes(name);
    const row = `| \`${here}\` | ${cell(typeText(field))} | ${cell(field.description ?? "")}${isOptional ? "; may be missing" : ""} |`;
    const isReport = name === "matrix";
    return [row, ...(isReport ? [] : fieldRows(field, here))];
  });
}

function jsonPage() {
  const sections = Object.entries(outputSchemas).flatMap(([name, schema]) => [
    `## ${schema.title}`,
    "",
    `${schema.description}. \`carveout schema ${name}\` prints this as JSON Schema.`,
    "",
    "| field | type | what |",
    "| --- | --- | --- |",
    ...fieldRows(schema, ""),
    "",
  ]);
  return [
    "# JSON",
    "",
    "What `--format json` prints. Fields stand in this order; values that are not known are `null`; PFNs and counts are plain numbers.",
    "",
    ...sections,
  ].join("\n");
}

/** The declaration of a name in a .d.ts file, with the comment before it. */
function declarationOf(file, name) {
  const text = readFileSync(file, "utf8");
  const pattern = new RegExp(
    `^export (?:declare )?(?:abstract )?(?:function|const|class|interface|type) ${name.replace("$", "\\$")}\\b`,
    "m",
  );
  const match = pattern.exec(text);
  if (match === null) {
    // What a file passes on from another.
    const from = [...text.matchAll(/export (?:type )?\{([^}]*)\} from "(.*)"/g)].find(([, names]) =>
      new RegExp(`\\b${name}\\b`).test(names),
    );
    return from === undefined ? "" : declarationOf(join(dirname(file), from[2].replace(/\.[jt]s$/, ".d.ts")), name);
  }
  const rest = text.slice(match.index);
  const isBlock = /^[^;\n]*\{\s*$/m.test(rest.split("\n", 1)[0]);
  const overloads = isBlock ? rest.slice(0, rest.indexOf("\n}") + 2) : rest.slice(0, endOfStatement(rest));
  const before = text.slice(0, match.index);
  const comment = /\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n$/.exec(before)?.[0] ?? "";
  const withoutPrivate = overloads.replaceAll(/(?:^ *\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?^ *private [^;]*;\n/gm, "");
  return (comment + withoutPrivate).replaceAll(/^ {4}/gm, "  ");
}

/** A statement ends at the first `;` outside brackets. */
function endOfStatement(text) {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    if ("{([".includes(text[at])) depth++;
    else if ("})]".includes(text[at])) depth--;
    else if (text[at] === ";" && depth === 0) return at + 1;
  }
  return text.length;
}

function apiSection(room) {
  const index = join(root, "dist", room, "index.d.ts");
  const text = readFileSync(index, "utf8");
  const entries = [...text.matchAll(/export (type )?\{([^}]*)\} from "(.*)";/g)].flatMap(([, , names, from]) =>
    names
      .split(",")
      .map((name) => name.trim().replace(/^type /, ""))
      .filter((name) => name !== "")
      .map((name) => ({ name, file: join(dirname(index), from.replace(/\.[jt]s$/, ".d.ts")) })),
  );
  const sorted = entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return [
    `## carveout/${room}`,
    "",
    ...sorted.flatMap(({ name, file }) => [`### ${name}`, "", "```ts", declarationOf(file, name).trimEnd(), "```", ""]),
  ];
}

function apiPage() {
  return [
    "# Library",
    "",
    '`import { … } from "carveout"` has all of it, `carveout/dts`, `carveout/schema` and `carveout/core` a part each. It touches no file, clock or console. [Two small programs](../../examples/programs) show how it is used.',
    "",
    ...["dts", "schema", "core"].flatMap(apiSection),
  ].join("\n");
}

const PAGES = { "commands.md": commandsPage, "rules.md": rulesPage, "json.md": jsonPage, "api.md": apiPage };

const isCheck = argv[2] === "--check";
const stale = [];
mkdirSync(folder, { recursive: true });
for (const [name, page] of Object.entries(PAGES)) {
  const text = `<!-- Written by scripts/reference.js: npm run reference -->\n\n${page().trimEnd()}\n`;
  const path = join(folder, name);
  if (!isCheck) writeFileSync(path, text);
  else if (readOrEmpty(path) !== text) stale.push(name);
}
if (stale.length > 0) {
  stderr.write(`docs/reference/ is not up to date (${stale.join(", ")}): npm run reference\n`);
  exit(1);
}

function readOrEmpty(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
