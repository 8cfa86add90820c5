/** The file that `run --record` writes: every operation of the workload that a report tells of. */
import { Failure } from "./failure.ts";
import { writeOutputFile } from "./files.ts";
import type { InputReport } from "./report.ts";
import { VERSION } from "./version.ts";

/**
 * Writes it whole or not at all. The workload is done once more for it, and its operations go to the file as they come: one
 * seed gives the same ones, and a million of them need not be kept meanwhile.
 */
export async function writeRecording(report: InputReport, path: string): Promise<void> {
  const { boot, workload, input, series } = report;
  if (boot?.outcome !== "managed" || workload === null || workload.exercise === null) {
    throw new Failure(`${input}: there is no workload to record in ${path}: nothing is managed`);
  }
  const { bootMemory, createWorkloadRun, findWorkload, readMachine, recordingHead, recordingLine } = await import(
    "./exercise.ts"
  );
  const { name, seed, operations } = workload;
  const { parameters } = workload.exercise.result;
  const head = [
    `written by carveout ${VERSION} for ${input}, ${series}, pages of ${report.config.pageSize} bytes`,
    `workload ${name}, seed ${seed}, ${operations} operations`,
  ].map((line) => line.replace(/[\r\n]/g, " "));
  writeOutputFile(path, (write) => {
    write(recordingHead(head));
    let done = 0;
    let lines: string[] = [];
    const run = createWorkloadRun(bootMemory(readMachine(report.tree!), boot), {
      ...{ model: findWorkload(name)!, parameters, seed, operations, stopsAtBreach: false, isSafe: false },
      onOperation(operation) {
        lines.push(recordingLine(operation, done++));
        if (lines.length < LINES_A_PIECE) return;
        write(lines.join(""));
        lines = [];
      },
    });
    run.advance(operations);
    write(lines.join(""));
  });
}

const LINES_A_PIECE = 1000;
