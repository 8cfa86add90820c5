/** A thread of the program: see workers.ts. The build copies this file to dist/cli/worker.js. */
const { parentPort, workerData } = require("node:worker_threads");

globalThis[Symbol.for("carveout.worker-port")] = parentPort;
// What goes to our standard output goes to the main thread's.
process.stdout.isTTY = workerData.isTerminal;
process.stdout.columns = workerData.width;
require(`${__dirname}/main.js`);
