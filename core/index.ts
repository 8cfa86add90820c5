/** What a tree says about memory, what each kernel makes of it, and whether its arithmetic is right for every page. */
export { BOUNDED_OPERATIONS, type SweepOptions, type SweepResult, sweep } from "./allocator/sweep.ts";
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
