import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

/** The commands that most runs are of. */
const USUAL_COMMANDS = ["cli/commands/on-inputs.ts", "cli/commands/convert.ts"];

/**
 * Bundles the program into `folder`: in program/, scripts of one or several pieces, which are loaded when they are
 * needed; beside it main.js, the launcher. esbuild makes a piece of the program, of each `import()` and of what several
 * of them share. Most runs load a dozen: what is loaded at once lies in one script, in one scope. usual.js has the
 * program and what the usual commands share, the script of each of these what it needs besides. Each script is one
 * function expression of `require`, `module`, `exports` and `__dirname`, so that V8 can be given what it compiled of it
 * before; it exports its pieces by their names. The style and the script of the page that `report` writes are in its
 * piece.
 *
 * Reading a script costs little, and what is not called is not compiled; but V8 takes time for all that it compiled
 * before, called or not. That is why there is more than one.
 */
export async function bundleProgram(folder) {
  const { build, formatMessages } = await import("esbuild");
  const program = join(folder, "program");
  mkdirSync(program, { recursive: true });
  try {
    const { outputFiles, metafile } = await build({
      ...COMMON,
      metafile: true,
      entryPoints: [join("cli", "main.ts")],
      outdir: program,
      write: false,
      bundle: true,
      splitting: true,
      define: await pageAssets(build),
      format: "esm",
      // Assignments in constructors: until V8 optimizes them, fields that are defined are slower.
      tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
      plugins: [commanderWithoutChildProcess],
    });
    const pieces = new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
    for (const [script, names] of scriptsOf(metafile.outputs)) {
      writeFileSync(join(program, script), await scriptOf(build, pieces, names));
    }
  } catch (error) {
    const lines = await formatMessages(error.errors ?? [{ text: String(error) }], { kind: "error" });
    process.stderr.write(`${lines.join("")}carveout: bundling the program failed\n`);
    return false;
  }
  copyFileSync(join("cli", "launch.cjs"), join(folder, "main.js"));
  copyFileSync(join("cli", "worker.cjs"), join(folder, "worker.js"));
  chmodSync(join(folder, "main.js"), 0o755);
  writeFileSync(join(folder, "package.json"), '{ "type": "commonjs" }\n');
  return true;
}

const COMMON = {
  platform: "node",
  target: "node20",
  charset: "ascii",
  minifySyntax: true,
  minifyWhitespace: true,
  logLevel: "silent",
};

/** The scripts by name, each with the names of its pieces, those that others import before them. */
function scriptsOf(outputs) {
  const closure = (path, reached = new Set()) => {
    if (reached.has(path)) return reached;
    for (const { path: other, kind } of outputs[path].imports) {
      if (kind === "import-statement" && outputs[other] !== undefined) closure(other, reached);
    }
    return reached.add(path);
  };
  const entry = (source) => Object.keys(outputs).find((path) => outputs[path].entryPoint === source);
  const commands = USUAL_COMMANDS.map(entry);
  const [first, ...others] = commands.map((path) => closure(path));
  const shared = [...first].filter((path) => others.every((other) => other.has(path)));
  const usual = closure(entry("cli/main.ts"), new Set(shared));
  const scripts = [["usual.js", [...usual]]];
  for (const path of Object.keys(outputs)) {
    if (usual.has(path)) continue;
    const own = commands.includes(path) ? [...closure(path)].filter((other) => !usual.has(other)) : [path];
    scripts.push([basename(path), own]);
  }
  return scripts.map(([script, paths]) => [script, paths.map((path) => basename(path))]);
}

/** A script of these pieces, which takes others by `require`. */
async function scriptOf(build, pieces, names) {
  const { outputFiles } = await build({
    ...COMMON,
    stdin: { contents: names.map((name) => `export * as ${JSON.stringify(name)} from "./${name}";`).join("\n") },
    write: false,
    bundle: true,
    format: "cjs",
    supported: { "dynamic-import": false },
    // A library of inputs.ts makes a `require` of its own by it, which it then does not need.
    define: { "import.meta.url": '"file:///carveout"' },
    banner: { js: "(function(require,module,exports,__dirname){" },
    footer: { js: "})" },
    plugins: [
      {
        name: "pieces",
        setup(builder) {
          builder.onResolve({ filter: /^\.\// }, ({ path }) => {
            const name = basename(path);
            return names.includes(name) ? { path: name, namespace: "piece" } : { path: `./${name}`, external: true };
          });
          builder.onLoad({ filter: /.*/, namespace: "piece" }, ({ path }) => ({ contents: pieces.get(path) }));
        },
      },
    ],
  });
  return outputFiles[0].text;
}

/** The style and the script of the page that `report` writes, as constants of the program. */
async function pageAssets(build) {
  const asset = async (...path) => {
    const { outputFiles } = await build({
      entryPoints: [join("cli", "html", ...path)],
      write: false,
      bundle: true,
      format: "iife",
      minify: true,
      charset: "ascii",
      target: "es2022",
      logLevel: "silent",
    });
    return JSON.stringify(outputFiles[0].text.trim());
  };
  return { PAGE_STYLE: await asset("page.css"), PAGE_SCRIPT: await asset("browser", "main.ts") };
}

/**
 * What the package has of the program and the library: ES modules in `folder` that share their pieces, with the packages
 * that they depend on left to npm. The launcher takes the program from here where it has no pieces of its own.
 */
export async function bundlePackage(folder) {
  const { build, formatMessages } = await import("esbuild");
  const { dependencies } = JSON.parse(readFileSync("package.json", "utf8"));
  try {
    await build({
      entryPoints: {
        program: join("cli", "main.ts"),
        index: "index.ts",
        dts: join("dts", "index.ts"),
        schema: join("schema", "index.ts"),
        core: join("core", "index.ts"),
      },
      outdir: folder,
      bundle: true,
      splitting: true,
      format: "esm",
      platform: "node",
      target: "node20",
      minify: true,
      external: Object.keys(dependencies).flatMap((name) => [name, `${name}/*`]),
      define: { ...(await pageAssets(build)), __dirname: "globalThis.carveoutFolder" },
      logLevel: "silent",
    });
    return true;
  } catch (error) {
    const lines = await formatMessages(error.errors ?? [{ text: String(error) }], { kind: "error" });
    process.stderr.write(`${lines.join("")}carveout: bundling the package failed\n`);
    return false;
  }
}

/**
 * commander loads node:child_process for subcommands that are programs of their own. There are none here, and loading
 * it takes a tenth of the time that an empty Node takes to start.
 */
const commanderWithoutChildProcess = {
  name: "commander-without-child-process",
  setup(build) {
    build.onResolve({ filter: /^node:child_process$/ }, ({ importer }) =>
      /[\\/]commander[\\/]/.test(importer) ? { path: "child_process", namespace: "empty" } : null,
    );
    build.onLoad({ filter: /.*/, namespace: "empty" }, () => ({ contents: "module.exports = {};" }));
  },
};
