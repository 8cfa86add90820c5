/** Bundles the fuzzer, so that its processes start quickly, and runs it with the arguments given. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { chdir } from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const cache = join(root, "node_modules", ".cache", "carveout");
mkdirSync(cache, { recursive: true });
const folder = mkdtempSync(join(cache, "fuzz-"));
try {
  await build({
    absWorkingDir: root,
    entryPoints: ["main", "worker"].map((name) => join("test", "fuzz", `${name}.ts`)),
    outdir: folder,
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    outExtension: { ".js": ".mjs" },
    // The files find others beside themselves.
    define: { "import.meta.url": JSON.stringify(pathToFileURL(join(root, "test", "fuzz", "main.ts")).href) },
    logLevel: "error",
  });
  const { fuzz } = await import(pathToFileURL(join(folder, "main.mjs")).href);
  // npm runs scripts in the package's folder; paths that a user gives are relative to where the user stands.
  chdir(process.env.INIT_CWD ?? process.cwd());
  process.exitCode = await fuzz(process.argv.slice(2), resolve(folder, "worker.mjs"));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
