/**
 * Installs and builds what is missing or older than its sources. Importing this file does it, so that other scripts
 * need no process of their own for it. All it prints goes to standard error: standard output belongs to the program.
 */
import { chdir } from "node:process";
import { fileURLToPath } from "node:url";
import { buildIfNeeded } from "./build.js";
import { installIfNeeded } from "./install.js";

const invokedFrom = process.cwd();
chdir(fileURLToPath(new URL("..", import.meta.url)));
if (!installIfNeeded() || !(await buildIfNeeded())) process.exit(1);
chdir(invokedFrom);
