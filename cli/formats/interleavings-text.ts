/** What came of exploring the locking protocol, and the schedule where it breaks. */

import type { ScheduledStep } from "../../core/allocator/interleavings/explore.ts";
import type { Interleavings, ScenarioBreach } from "../../core/allocator/interleavings/explore-all.ts";
import { type Omission, Pc, Way } from "../../core/allocator/interleavings/protocol.ts";
import type { Series } from "../../core/series.ts";
import type { Paint } from "../style.ts";
import { wrap } from "../wrap.ts";
import { countText } from "./report-text.ts";

/** The words for a step, without the thread. */
function stepWords({ pc, way, block, isQuick }: ScheduledStep, omission: Omission | null): string {
  switch (pc) {
    case Pc.look:
      return way === Way.fails ? "does not access the page again" : "looks at the page's flag";
    case Pc.enter:
      return omission === "second-look"
        ? "takes the mutex, and looks no second time"
        : "takes the mutex, and looks again";
    case Pc.hold:
      return omission === "hold" ? "adds no references" : "adds references to the blocks that are there";
    case Pc.take:
      if (block < 0) return "has all its blocks: sets the page's flag, and leaves the mutex";
      if (way === Way.signal) return `is interrupted by a fatal signal as it takes block ${block}`;
      if (way === Way.quick) return `takes block ${block}, a free page, straight off the free lists`;
      return way === Way.fails ? `cannot take block ${block}` : `takes block ${block} from the page allocator`;
    case Pc.store:
      if (way !== Way.fails) return `stores block ${block}, with its references`;
      return `cannot store block ${block}, ${isQuick ? "which is given back to nobody" : "and gives it back"}`;
    case Pc.undo:
      return omission === "undo"
        ? "leaves the mutex, its references where they are"
        : "takes its references off again, and leaves the mutex";
    case Pc.free:
      return omission === "free-lock"
        ? "frees the page, and takes its reference off the first block, without the lock"
        : "frees the page, and takes its references off";
    default:
      return `does with block ${block} as it saw, and goes on to the next`;
  }
}

export function interleavingsLines(found: Interleavings, series: Series, paint: Paint): string[] {
  const { threads, blocks, omission, scenarios, states, transitions, cutShort, breach, knownLoss } = found;
  const cut = cutShort === 0 ? "" : ` (${cutShort} of them not explored to the end)`;
  const without = omission === null ? "" : `, without ${omission}`;
  const lines = [
    `interleavings of ${series}${without}: up to ${countText(threads, "thread")} and ${countText(blocks, "block")}, ${countText(scenarios, "scenario")}${cut}, ${states} states, ${transitions} steps`,
  ];
  const asFar = cutShort > 0 ? " as far as was explored" : "";
  const ofItself =
    omission === null || knownLoss === null
      ? []
      : wrap(
          `${series} loses a block that it cannot store with nothing left out too: ${countText(knownLoss.schedule.length, "step")} lead there, which are not shown`,
          78,
        );
  if (breach === null) {
    const words = knownLoss === null ? "nothing breaks" : "nothing breaks that holds otherwise";
    return [...lines, paint(`${words}${asFar}`, cutShort > 0 ? "yellow" : "green", "bold"), ...ofItself, ""];
  }
  const { scenario, what, schedule } = breach;
  const pages = scenario.pages.map(({ first, blocks: count }, page) => {
    const who = scenario.threads.flatMap((of, thread) => (of === page ? [String(thread)] : [])).join(", ");
    const last = first + count - 1;
    return `  page ${page}: block${count === 1 ? ` ${first}` : `s ${first} to ${last}`}, thread${who.includes(",") ? "s" : ""} ${who}`;
  });
  const width = String(schedule.length).length;
  return [
    ...lines,
    paint(`${what}, after ${schedule.length} steps:`, "red", "bold"),
    ...pages,
    ...schedule.map(
      (step, index) => `  ${String(index + 1).padStart(width)}  thread ${step.thread} ${stepWords(step, omission)}`,
    ),
    ...(breach === knownLoss ? [`nothing else breaks${asFar}`] : ofItself),
    "",
  ];
}

export function jsonInterleavings({ breach, knownLoss, ...counts }: Interleavings) {
  return {
    ...counts,
    breach: jsonBreach(breach, counts.omission),
    knownLoss: jsonBreach(knownLoss, counts.omission),
  };
}

function jsonBreach(breach: ScenarioBreach | null, omission: Omission | null) {
  if (breach === null) return null;
  const { what, scenario, schedule } = breach;
  return {
    what,
    pages: scenario.pages,
    threads: scenario.threads,
    schedule: schedule.map((step) => ({ thread: step.thread, step: stepWords(step, omission) })),
  };
}
