import { blobCases } from "./blobs.ts";
import type { HostileCase, Sizes } from "./case.ts";
import { machineCases } from "./machines.ts";
import { macroCases } from "./macros.ts";
import { overlayCases } from "./overlays.ts";
import { reportedCases } from "./reported.ts";
import { sizeCases } from "./sizes.ts";
import { yamlCases } from "./yaml.ts";

export function hostileCases(sizes: Sizes): readonly HostileCase[] {
  return [
    ...reportedCases(),
    ...sizeCases(sizes),
    ...macroCases(sizes),
    ...machineCases(sizes),
    ...blobCases(sizes),
    ...overlayCases(sizes),
    ...yamlCases(sizes),
  ];
}
