import type { Breach, Obligation, OrderRow } from "../../core/proof/proof.ts";
import type { InputReport, KernelsReport } from "../report.ts";
import { VERSION } from "../version.ts";
import { jsonInterleavings } from "./interleavings-text.ts";
import { jsonWorkload } from "./run-json.ts";

/** One object for one input, an array for several, as the contract has it: field order counts, unknown values are null. */
export function jsonReports(reports: readonly InputReport[], isSingle: boolean): string {
  const objects = reports.map(jsonReport);
  return `${JSON.stringify(isSingle ? objects[0] : objects, null, 2)}\n`;
}

/**
 * The same for several kernels: the input's name, and in `matrix` for each kernel the object that stands for it where it
 * is asked for alone.
 */
export function jsonMatrices(results: readonly KernelsReport[], isSingle: boolean): string {
  const objects = results.map(({ input, reports }) => ({ carveout: VERSION, input, matrix: reports.map(jsonReport) }));
  return `${JSON.stringify(isSingle ? objects[0] : objects, null, 2)}\n`;
}

function jsonReport(report: InputReport) {
  const { config, boot, proof, workload, findings, sources } = report;
  return {
    carveout: VERSION,
    input: report.input,
    series: report.series,
    pageSize: config.pageSize,
    maxOrder: config.maxOrder,
    pageblockOrder: config.pageblockOrder,
    outcome: boot?.outcome ?? null,
    safe: proof === null ? null : proof.safe,
    regions: (boot?.outcome === "managed" ? boot.regions : []).map((region) => ({
      node: region.node,
      memoryNode: region.memoryNode,
      memory: { start: region.memory.start, end: region.memory.end },
      tags: { start: region.tags.start, end: region.tags.end },
      blockPages: region.blockPages,
      numaNode: region.numaNode,
    })),
    proof:
      proof === null
        ? null
        : {
            orders: proof.orders.map(jsonRow),
            obligations: proof.obligations.map(jsonObligation),
            straddles: proof.straddles.map(jsonRow),
          },
    workload: workload === null ? null : jsonWorkload(workload),
    findings: findings.map((finding) => ({
      rule: finding.rule,
      severity: finding.severity,
      consequence: finding.consequence,
      message: finding.message,
      node: finding.node,
      location: sources.locate(finding.span),
    })),
    ...(report.interleavings === undefined ? {} : { interleavings: jsonInterleavings(report.interleavings) }),
    ...(report.suppressed === undefined
      ? {}
      : {
          suppressed: report.suppressed.map(({ finding, by, reason, location }) => ({
            rule: finding.rule,
            by,
            reason,
            message: finding.message,
            node: finding.node,
            location,
          })),
        }),
  };
}

function jsonRow(row: OrderRow) {
  const { unprotected, overReserved } = row;
  return {
    region: row.region,
    order: row.order,
    allocations: row.allocations,
    unprotected: { allocations: unprotected.allocations, pages: unprotected.pages, first: unprotected.first },
    overReserved: { allocations: overReserved.allocations, blocks: overReserved.blocks, first: overReserved.first },
    outOfRegion: jsonBreach(row.outOfRegion),
    leaks: jsonBreach(row.leaks),
    earlyReleases: jsonBreach(row.earlyReleases),
  };
}

function jsonBreach({ allocations, first }: Breach) {
  return { allocations, first };
}

function jsonObligation({ name, holds, counterexample }: Obligation) {
  if (counterexample === null) return { name, holds, counterexample: null };
  const { region, order, pfn, block } = counterexample;
  return { name, holds, counterexample: { region, order, pfn, block } };
}
