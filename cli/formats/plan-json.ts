import type { Stretch } from "../../core/plan/stretch.ts";
import type { NoPlan, Plan, PlanOptions } from "../../core/plan-tree.ts";
import { VERSION } from "../version.ts";

/** One object: addresses and sizes are bytes, ends exclusive; `regions` is empty where there is no plan. */
export function planJson(input: string, { configs, blockBytes }: PlanOptions, plan: Plan | NoPlan): string {
  const isPlan = plan.kind === "plan";
  const bytesOf = ({ start, end }: Stretch) => ({ start, end });
  const object = {
    carveout: VERSION,
    input,
    series: configs[0]!.series,
    pageSizes: configs.map(({ pageSize }) => pageSize),
    blockSize: blockBytes,
    fits: isPlan,
    best: isPlan ? plan.isBest : null,
    regions: isPlan
      ? plan.regions.map(({ memory, tags }, index) => ({
          node: plan.changes.tags[index]!.name,
          memory: bytesOf(memory),
          tags: bytesOf(tags),
        }))
      : [],
    memoryBytes: isPlan ? plan.memoryBytes : null,
    taggableBytes: isPlan ? plan.taggableBytes : 0,
    tagBytes: isPlan ? plan.tagBytes : 0,
    untaggedBytes: isPlan ? plan.untaggedBytes : null,
    leftOutBytes: isPlan ? plan.leftOutBytes : null,
    costs: isPlan ? plan.costs : plan.blame,
    reason: isPlan ? null : plan.message,
    hint: isPlan ? null : plan.hint,
    findings: isPlan
      ? []
      : plan.findings.map(({ rule, severity, message, node }) => ({ rule, severity, message, node })),
  };
  return `${JSON.stringify(object, null, 2)}\n`;
}
