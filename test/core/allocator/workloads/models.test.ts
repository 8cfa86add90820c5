import { describe, expect, it } from "vitest";
import { WORKLOAD_MODELS } from "../../../../core/allocator/workloads/catalogue.ts";
import { mostOf, parameterValues } from "../../../../core/allocator/workloads/model.ts";
import { machineOf, tagRegion } from "../machines.ts";
import { runInSlices } from "./exercise-layout.ts";

const SHAPE = { pages: 2112, maxOrder: 6, pageblockOrder: 4 };

/** 2048 pages with 64 pages of tags: safe under every series. */
const OPTIONS = machineOf("rfc-v2", [tagRegion(4096, 2048, 8192, 64, 1)]);

describe.each(WORKLOAD_MODELS)("workload $name", (model) => {
  const common = { model, seed: 3, operations: 2500, stopsAtBreach: true, isSafe: true };

  it.each(
    model.parameters.flatMap((parameter) =>
      [parameter.least, mostOf(parameter, SHAPE)].map((value) => ({ name: parameter.name, value })),
    ),
  )("runs with $name=$value", ({ name, value }) => {
    const result = runInSlices(OPTIONS, { ...common, parameters: { [name]: value } }, 1000);
    expect(result.operations).toBe(2500);
    expect(result.parameters[name]).toBe(value);
    expect(result.after).toMatchObject({ lostBlocks: 0, lostPages: 0 });
  });

  it("does one operation at a time, in blocks that are all freed at the end", () => {
    const kinds: string[] = [];
    const { tagged, data, after } = runInSlices(
      OPTIONS,
      { ...common, parameters: {}, onOperation: ({ kind }) => kinds.push(kind) },
      1,
    );
    expect(kinds).toHaveLength(2500);
    expect(after.freePages).toBe(after.freePagesAtBoot);
    const asked = kinds.filter((kind) => kind === "allocate" || kind === "protect").length;
    expect(tagged.asked + data.asked).toBe(asked);
    expect(tagged.asked).toBeGreaterThan(0);
    expect(data.asked).toBeGreaterThan(0);
  });

  it("does other things for another seed", () => {
    const run = (seed: number) =>
      JSON.stringify({ ...runInSlices(OPTIONS, { ...common, parameters: {}, seed }, 500), seed: 0 });
    expect(run(4)).not.toBe(run(5));
  });

  it("refuses a parameter out of its range", () => {
    for (const parameter of model.parameters) {
      const { name, least } = parameter;
      for (const value of [least - 1, mostOf(parameter, SHAPE) + 1, least + 0.5]) {
        expect(() => parameterValues(model, { [name]: value }, SHAPE)).toThrow(
          `parameter ${name} of workload ${model.name}`,
        );
      }
    }
  });
});

it("a default above what the machine has is what it has", () => {
  const thp = WORKLOAD_MODELS.find(({ name }) => name === "thp")!;
  expect(parameterValues(thp, {}, { pages: 100, maxOrder: 3, pageblockOrder: 3 })).toMatchObject({ order: 3 });
});
