/** What a run on a machine's memory comes to in numbers, whoever says what is done: a workload, a recording, a trace. */
import type { MachineMemory } from "../machine-memory.ts";
import type { TagStats } from "../tag-storage.ts";
import type { TaggedCounts, Tally } from "../tally.ts";
import type { Usage, UsageMeter } from "./usage.ts";

export interface Figures {
  readonly tagged: Readonly<TaggedCounts>;
  readonly data: { readonly asked: number; readonly failed: number };
  readonly stats: Readonly<TagStats>;
  /** As the series has it in /proc/vmstat. */
  readonly vmstat: Readonly<Record<string, number>>;
  readonly usage: Usage;
}

/** As they stand now: later operations do not change them. */
export function figuresOf(machine: MachineMemory, { tagged, data }: Tally, meter: UsageMeter): Figures {
  return {
    tagged: { ...tagged },
    data: { ...data },
    stats: { ...machine.stats },
    vmstat: machine.vmstat(),
    usage: meter.usage(),
  };
}
