/** What a property's name says of its type, whatever binding speaks of it: the devicetree specification and dt-schema. */

const UNITS =
  /-(kBps|bits|percent|bp|m?hz|sec|ms|us|ns|ps|mm|(micro|nano)amp|microamp-hours|(micro-)?ohms|micro(amp|watt)(-hours)?|milliwatt|microvolt|(pico|femto)farads|(milli)?celsius|kelvin|kpascal)$/;

/** Quantities with a unit are arrays of 32-bit numbers; those of known names besides. */
export function isUnitProperty(name: string): boolean {
  return UNITS.test(name) || ARRAYS.has(name);
}

const ARRAYS = new Set(["assigned-clock-rates", "linux,keycodes"]);

/** By name; a type is the name of a definition of types.yaml. */
const TYPES: Readonly<Record<string, string>> = {
  compatible: "string-array",
  model: "string-array",
  label: "string",
  status: "string",
  "secure-status": "string",
  phandle: "uint32",
  "linux,phandle": "uint32",
  "interrupt-parent": "phandle",
  reg: "uint32-matrix",
  ranges: "uint32-matrix",
  "dma-ranges": "uint32-matrix",
  interrupts: "uint32-matrix",
  "interrupts-extended": "phandle-array",
  "memory-region": "phandle-array",
  "nvmem-cells": "phandle-array",
  clocks: "phandle-array",
  "assigned-clocks": "phandle-array",
  "assigned-clock-parents": "phandle-array",
  resets: "phandle-array",
  dmas: "phandle-array",
  iommus: "phandle-array",
  interconnects: "phandle-array",
  mboxes: "phandle-array",
  phys: "phandle-array",
  pwms: "phandle-array",
  "power-domains": "phandle-array",
  "numa-node-id": "uint32",
  "reg-shift": "uint32",
  "reg-io-width": "uint32",
};

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/^#.*-cells$/, "uint32"],
  [/-names$/, "string-array"],
  [/-supply$/, "phandle"],
  [/(^|[^,]*-)gpios?$/, "phandle-array"],
  [/^pinctrl-[0-9]+$/, "phandle-array"],
  [/-(hz|microvolt)$/, "uint32-matrix"],
  [UNITS, "uint32-array"],
];

/** The type that the name alone tells; null where it tells none. */
export function typeByName(name: string): string | null {
  if (Object.hasOwn(TYPES, name)) return TYPES[name]!;
  return PATTERNS.find(([pattern]) => pattern.test(name))?.[1] ?? null;
}

/**
 * Who says how many cells follow each phandle of a list: the property of the node that it leads to, or a number. Others
 * that end in `s` go by their own name: `clocks` by `#clock-cells`.
 */
const ARGUMENTS: Readonly<Record<string, string | number>> = {
  "assigned-clocks": "#clock-cells",
  "assigned-clock-parents": "#clock-cells",
  "cooling-device": "#cooling-cells",
  "interrupts-extended": "#interrupt-cells",
  interconnects: "#interconnect-cells",
  mboxes: "#mbox-cells",
  "sound-dai": "#sound-dai-cells",
  "msi-parent": "#msi-cells",
  "gpio-ranges": 3,
  "nvmem-cells": 0,
  "memory-region": 0,
};

/** The property that counts what follows a phandle, a number of cells, or null where there is no telling. */
export function argumentCells(name: string): string | number | null {
  if (Object.hasOwn(ARGUMENTS, name)) return ARGUMENTS[name]!;
  if (/(^|-)gpios?$/.test(name)) return "#gpio-cells";
  return name.endsWith("s") ? `#${name.slice(0, -1)}-cells` : null;
}
