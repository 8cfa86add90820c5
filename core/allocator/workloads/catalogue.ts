/** The workloads that exercise a machine's page allocator. `sweep` stands apart: it needs no allocator, see sweep.ts. */
import { churnModel } from "./churn.ts";
import type { WorkloadModel } from "./model.ts";
import { mprotectModel } from "./mprotect.ts";
import { phoneModel } from "./phone.ts";
import { pinnedModel } from "./pinned.ts";
import { pressureModel } from "./pressure.ts";
import { randomModel } from "./random.ts";
import { thpModel } from "./thp.ts";

export const WORKLOAD_MODELS: readonly WorkloadModel[] = [
  randomModel,
  churnModel,
  thpModel,
  mprotectModel,
  pressureModel,
  pinnedModel,
  phoneModel,
];

export function findWorkload(name: string): WorkloadModel | null {
  return WORKLOAD_MODELS.find((model) => model.name === name) ?? null;
}
