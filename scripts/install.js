import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/**
 * Installs what package-lock.json asks for unless node_modules holds it. npm leaves a stamp of its own there, the hidden
 * lock file that it writes as the last step of every install, so an interrupted install is noticed too.
 *
 * Not by `npm ci`: that refuses a lock file which lacks the binaries of platforms that its author's registry did not
 * offer. `npm install` takes the locked versions just the same, and `--no-save` leaves the lock file as it is.
 *
 * @returns {boolean} false where npm failed; it has said why.
 */
export function installIfNeeded() {
  if (isInstalled()) return true;
  process.stderr.write("carveout: installing dependencies\n");
  // A production environment would leave out the tools that build; the build and the tests need them.
  const args = ["install", "--no-save", "--include=dev", "--no-audit", "--no-fund", "--no-progress"];
  const npm = process.env.npm_execpath;
  const [command, commandArgs] = npm?.endsWith("npm-cli.js") ? [process.execPath, [npm, ...args]] : ["npm", args];
  const { status, error } = spawnSync(command, commandArgs, {
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32" && command === "npm",
  });
  if (status === 0) return true;
  process.stderr.write(`carveout: npm install failed${error === undefined ? "" : `: ${error.message}`}\n`);
  return false;
}

function isInstalled() {
  let wanted;
  let installed;
  try {
    wanted = JSON.parse(readFileSync("package-lock.json", "utf8")).packages;
    installed = JSON.parse(readFileSync("node_modules/.package-lock.json", "utf8")).packages;
  } catch {
    return false;
  }
  for (const [path, entry] of Object.entries(wanted)) {
    const found = installed[path];
    // Optional packages are those of other platforms; npm alone knows which belong here.
    if (path === "" || (entry.optional && found === undefined)) continue;
    if (found?.version !== entry.version || found.integrity !== entry.integrity) return false;
  }
  return true;
}
