import { chmodSync, copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

/** The commands that most runs are of. What all of them load is loaded in one. */
const USUAL_COMMANDS = ["cli/commands/on-inputs.ts", "cli/commands/convert.ts"];

/**
 * Bundles the program into `folder`: in program/, main.js and the pieces that it loads when they are needed, one for
 * each `import()` and for what several of them share; beside it main.js, the launcher. The style and the script of the
 * page that `report` writes are in its piece. Each piece is one function
 * expression of `require`, `module`, `exports` and `__dirname`, so that V8 can be given what it compiled of it before.
 * Those that the usual commands share are in one file, usual.js, as an object by their names.
 *
 * Reading a piece costs little, and what is not called is not compiled; but V8 takes time for all that it compiled
 * before, called or not. That is why there is more than one file.
 */
export async function bundleProgram(folder) {
  const { build, formatMessages, transform } = await import("esbuild");
  const pieces = join(folder, "program");
  mkdirSync(pieces, { recursive: true });
  const common = { platform: "node", target: "node20", charset: "ascii", minifySyntax: true, logLevel: "silent" };
  try {
    const define = await pageAssets(build);
    // Pieces that share code can be had as ES modules alone; what the launcher runs is CommonJS.
    const { outputFiles, metafile } = await build({
      ...common,
      metafile: true,
      entryPoints: [join("cli", "main.ts")],
      outdir: pieces,
      write: false,
      bundle: true,
      splitting: true,
      define,
      format: "esm",
      // Assignments in constructors: until V8 optimizes them, fields that are defined are slower.
      tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
      plugins: [commanderWithoutChildProcess],
    });
    const isUsual = usualPieces(metafile.outputs);
    const usual = [];
    for (const { path, text } of outputFiles) {
      const { code } = await transform(text, {
        ...common,
        format: "cjs",
        minifyWhitespace: true,
        supported: { "dynamic-import": false },
        // A library of inputs.ts makes a `require` of its own by it, which it then does not need.
        define: { "import.meta.url": '"file:///carveout"' },
        banner: "(function(require,module,exports,__dirname){",
        footer: "})",
      });
      const name = basename(path);
      if (isUsual.has(name)) usual.push(`${JSON.stringify(name)}:${code.trim()}`);
      else writeFileSync(join(pieces, name), code);
    }
    writeFileSync(join(pieces, "usual.js"), `({${usual.join(",\n")}})\n`);
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

/** The names of the pieces that are loaded with the program and by each usual command, from what esbuild says of them. */
function usualPieces(outputs) {
  const closure = (path, reached = new Set()) => {
    if (reached.has(path)) return reached;
    reached.add(path);
    for (const { path: other, kind } of outputs[path].imports) {
      if (kind === "import-statement" && outputs[other] !== undefined) closure(other, reached);
    }
    return reached;
  };
  const entry = (source) => Object.keys(outputs).find((path) => outputs[path].entryPoint === source);
  const [first, ...others] = USUAL_COMMANDS.map((source) => closure(entry(source)));
  const shared = [...first].filter((path) => others.every((other) => other.has(path)));
  return new Set([...closure(entry("cli/main.ts")), ...shared].map((path) => basename(path)));
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
