/** What runs a workload on a machine's memory, loaded when one is asked for. */

export { createRecordingReplay, recordingHead, recordingLine } from "../core/allocator/trace/recording.ts";
export { createTraceReplay } from "../core/allocator/trace/replay-trace.ts";
export { createTagRule } from "../core/allocator/trace/tag-rule.ts";
export { findWorkload } from "../core/allocator/workloads/catalogue.ts";
export { findBreach } from "../core/allocator/workloads/find-breach.ts";
export { replayOperations } from "../core/allocator/workloads/replay-operations.ts";
export { createWorkloadRun } from "../core/allocator/workloads/run-workload.ts";
export { bootMemory } from "../core/boot-memory.ts";
export { readMachine } from "../core/machine.ts";
