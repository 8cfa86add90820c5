/** What a workload is: a model of how memory is used, with parameters, one operation at a time. */
import type { Exerciser } from "./exerciser.ts";

/** Groups that a workload can keep its blocks in are numbered below this. */
export const GROUPS = 64;

/** The machine as a model sees it. */
export interface MachineShape {
  /** Pages that are free after boot, tag storage among them. */
  readonly pages: number;
  readonly maxOrder: number;
  /** Order of a pageblock, at most `maxOrder`: what a huge page has. */
  readonly pageblockOrder: number;
}

/** A whole number that a user can set. */
export interface WorkloadParameter {
  readonly name: string;
  readonly description: string;
  readonly least: number;
  /** `max-order` is the largest order of the machine's page allocator. */
  readonly most: number | "max-order";
  /** `huge-order` is the order of a pageblock. A default above `most` is `most`. */
  readonly default: number | "huge-order";
}

/** Values of parameters by name. */
export type ParameterValues = Readonly<Record<string, number>>;

/** Does one operation on the machine. */
export type Step = () => void;

export interface WorkloadModel {
  readonly name: string;
  /** One line. */
  readonly summary: string;
  readonly parameters: readonly WorkloadParameter[];
  /** Everything left to chance comes from the exerciser's random numbers. */
  start(exerciser: Exerciser, parameters: ParameterValues, shape: MachineShape): Step;
}

/** The largest value of a parameter on a machine. */
export function mostOf({ most }: WorkloadParameter, { maxOrder }: MachineShape): number {
  return most === "max-order" ? maxOrder : most;
}

/** Every parameter's value: what is given, or else the default. Throws a RangeError where one is out of range. */
export function parameterValues(model: WorkloadModel, given: ParameterValues, shape: MachineShape): ParameterValues {
  return Object.fromEntries(
    model.parameters.map((parameter) => {
      const { name, least } = parameter;
      const most = mostOf(parameter, shape);
      const usual = parameter.default === "huge-order" ? shape.pageblockOrder : parameter.default;
      const value = given[name] ?? Math.min(usual, most);
      if (!Number.isInteger(value) || value < least || value > most) {
        throw new RangeError(`parameter ${name} of workload ${model.name} is a whole number from ${least} to ${most}`);
      }
      return [name, value];
    }),
  );
}

/** Whole pages of a per cent share of the machine's memory. */
export function sharePages(shape: MachineShape, percent: number): number {
  return Math.floor((shape.pages * percent) / 100);
}

/** The share of memory in use that a workload aims at. */
export function fillParameter(percent: number): WorkloadParameter {
  return { name: "fill", description: "per cent of memory in use", least: 1, most: 100, default: percent };
}

export function taggedParameter(percent: number, of: string): WorkloadParameter {
  return { name: "tagged", description: `per cent of ${of} that are tagged`, least: 0, most: 100, default: percent };
}
