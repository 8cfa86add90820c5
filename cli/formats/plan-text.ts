/** What a plan is and what it cost, or why there is none. */
import { hexAddress, sizeText } from "../../core/machine/units.ts";
import type { Constraint } from "../../core/plan/layout.ts";
import type { Stretch } from "../../core/plan/stretch.ts";
import type { NoPlan, Plan, PlanOptions } from "../../core/plan-tree.ts";
import type { Paint } from "../style.ts";
import { type Column, tableLines } from "../table.ts";
import { printable } from "./printable.ts";

/** What stands in the way, as words that go before "costs …". */
export const CONSTRAINT_WORDS: Readonly<Record<Constraint, string>> = {
  placement: "where tags may go",
  image: "the kernel's image at the start of memory",
  reserved: "reserved memory",
  initrd: "the initrd",
  clear: "what --keep-clear names",
  zones: "zones: tags lie in one",
  pageblocks: "pageblocks: tags are whole ones",
  regions: "the number of regions that the kernel takes",
};

const COLUMNS: readonly Column[] = [
  { title: "#", align: "right" },
  { title: "tagged memory", align: "left" },
  { title: "", align: "right" },
  { title: "tag storage", align: "left" },
  { title: "", align: "right" },
];

export function planLines(input: string, options: PlanOptions, plan: Plan, paint: Paint): string[] {
  const rows = plan.regions.map(({ memory, tags }, index) => [
    String(index),
    range(memory),
    bytes(memory.end - memory.start),
    range(tags),
    bytes(tags.end - tags.start),
  ]);
  return [
    paint(`${printable(input)}: ${planTitle(options)}`, "bold"),
    "",
    ...tableLines(COLUMNS, rows),
    "",
    ...summary(plan),
    ...plan.checks.map(
      ({ config }) => `${config.series}, pages of ${bytes(config.pageSize)}: managed, all six obligations hold`,
    ),
  ];
}

export function noPlanLines(input: string, options: PlanOptions, { message, hint, blame }: NoPlan, paint: Paint) {
  return [
    `${paint(`${printable(input)}:`, "bold")} ${paint("error:", "red", "bold")} ${printable(message)}`,
    `      ${planTitle(options)}`,
    ...blame.map((each) => `      without ${CONSTRAINT_WORDS[each.constraint]}, ${bytes(each.bytes)} could be tagged`),
    `      ${paint("help:", "bold")} ${printable(hint)}`,
  ];
}

/** What stands at the top of the source that is written. */
export function planComment(input: string, options: PlanOptions, plan: Plan): string[] {
  return [
    `Tag storage for ${printable(input).replaceAll("*/", "* /")}, planned by carveout:`,
    `${planTitle(options)}.`,
    ...summary(plan),
  ];
}

/** The same of an overlay. */
export function overlayComment(input: string, options: PlanOptions, plan: Plan): string[] {
  const hasLabels = plan.changes.changed.some(({ ownLabel }) => ownLabel !== null);
  const labels = hasLabels ? ["It names nodes by their labels: the base is compiled with dtc -@."] : [];
  return [...planComment(input, options, plan), ...labels];
}

/** `tag storage for rfc-v3, pages of 4 KiB, blocks of 4 KiB`. */
function planTitle({ configs, blockBytes }: PlanOptions): string {
  const sizes = configs.map(({ pageSize }) => bytes(pageSize)).join(", ");
  return `tag storage for ${configs[0]!.series}, pages of ${sizes}, blocks of ${bytes(blockBytes)}`;
}

function summary(plan: Plan): string[] {
  const share = ((100 * plan.taggableBytes) / plan.memoryBytes).toFixed(2);
  return [
    `${bytes(plan.taggableBytes)} of ${bytes(plan.memoryBytes)} of memory are taggable (${share} %), with ${bytes(plan.tagBytes)} of tags`,
    ...(plan.isBest ? [] : ["the best layout of those tried: the search was cut short, and there may be a better one"]),
    ...(plan.untaggedBytes === 0
      ? []
      : [`${bytes(plan.untaggedBytes)} are reserved and stay memory without tags: the kernel never tags them`]),
    ...(plan.leftOutBytes === 0
      ? []
      : [`${bytes(plan.leftOutBytes)} are left out of memory: no tags would belong to them`]),
    ...plan.costs.map((cost) => `  ${CONSTRAINT_WORDS[cost.constraint]}: ${bytes(cost.bytes)} less`),
  ];
}

function range({ start, end }: Stretch): string {
  return `${hexAddress(BigInt(start))}-${hexAddress(BigInt(end - 1))}`;
}

function bytes(count: number): string {
  return sizeText(BigInt(count));
}
