/** The commands that report on inputs: what they share is nearly all that they are, so they are loaded together. */
export { addCheckCommand } from "./check.ts";
export { addProveCommand } from "./prove.ts";
export { addRegionsCommand } from "./regions.ts";
export { addRunCommand } from "./run.ts";
