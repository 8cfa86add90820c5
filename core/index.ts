/** What a tree says about memory, what each kernel makes of it, and whether its arithmetic is right for every page. */
export type { BreachCount } from "./allocator/breaches.ts";
export type { MachineOptions } from "./allocator/machine-memory.ts";
export type { Operation, Use } from "./allocator/operation.ts";
export { isOperationsText, operationsText, parseOperations } from "./allocator/operations-text.ts";
export { BOUNDED_OPERATIONS, type SweepOptions, type SweepResult, sweep } from "./allocator/sweep.ts";
export { findWorkload, WORKLOAD_MODELS } from "./allocator/workloads/catalogue.ts";
export { findBreach, type ShownBreach } from "./allocator/workloads/find-breach.ts";
export type { ParameterValues, WorkloadModel, WorkloadParameter } from "./allocator/workloads/model.ts";
export { type ReplayResult, replayOperations } from "./allocator/workloads/replay-operations.ts";
export {
  createWorkloadRun,
  type WorkloadResult,
  type WorkloadRun,
  type WorkloadRunOptions,
} from "./allocator/workloads/run-workload.ts";
export { bootMemory } from "./boot-memory.ts";
export { checkTree, type TreeCheck } from "./check.ts";
export { descriptionToTree } from "./description/to-tree.ts";
export type { Consequence, Finding } from "./finding.ts";
export type { Boot, KernelConfig, ManagedBoot, MemoryMap, UnmanagedBoot, Zone, ZoneName } from "./kernel/boot.ts";
export { bootKernel } from "./kernel/boot-kernel.ts";
export { type KernelOptions, kernelConfig } from "./kernel/config.ts";
export { type DetectedSeries, detectSeries } from "./kernel/detect-series.ts";
export { type Machine, readMachine } from "./machine.ts";
export { type NoPlan, type Plan, type PlanOptions, planTree } from "./plan-tree.ts";
export { type AllocationExplanation, explainAllocation } from "./proof/counterexample.ts";
export type { Breach, Counterexample, Obligation, ObligationName, OrderRow, Proof } from "./proof/proof.ts";
export { prove } from "./proof/prove.ts";
export type { PfnRange, TagRegion } from "./region.ts";
export { allRules, findRule } from "./rules/catalogue.ts";
export type { Rule } from "./rules/rule.ts";
export { SERIES, type Series } from "./series.ts";
