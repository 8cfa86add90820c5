/**
 * The structure checks: dtc 1.6's that bear on memory layouts (its checks.c), under its names, in its order, as severe
 * as there and after the same others, and one of ours. Those that dtc leaves off unless they are asked for
 * (`node_name_chars_strict`, `unique_unit_address_if_enabled`, …) are not here. dtc's checks of references are made
 * where references are resolved: resolve-tree.ts.
 */
import { avoidDefaultAddrSize, avoidUnnecessaryAddrSize } from "./address-cells.ts";
import { rangesFormat, regFormat } from "./address-formats.ts";
import type { Check } from "./check.ts";
import { duplicateNodeNames, duplicatePropertyNames, nodeNameVsPropertyName } from "./duplicates.ts";
import { nameProperties, nodeNameChars, nodeNameFormat, propertyNameChars } from "./names.ts";
import { explicitPhandles } from "./phandles.ts";
import { isCell, isString, isStringList } from "./property-types.ts";
import {
  simpleBusReg,
  uniqueUnitAddress,
  unitAddressFormat,
  unitAddressValue,
  unitAddressVsReg,
} from "./unit-address.ts";

/** What dtc's `addr_size_cells`, which finds nothing itself, comes after. */
const CELLS = ["address_cells_is_cell", "size_cells_is_cell"];
/** The same of its `simple_bus_bridge`. */
const SIMPLE_BUS = [...CELLS, "compatible_is_string_list"];
/** The same of its `pci_bridge`; what that finds of PCI itself holds nothing up here. */
const PCI = ["device_type_is_string", ...CELLS];

export const CHECKS = [
  { name: "duplicate_node_names", severity: "error", after: [], look: duplicateNodeNames },
  { name: "duplicate_property_names", severity: "error", after: [], look: duplicatePropertyNames },
  { name: "node_name_chars", severity: "error", after: [], look: nodeNameChars },
  { name: "node_name_format", severity: "error", after: ["node_name_chars"], look: nodeNameFormat },
  { name: "property_name_chars", severity: "error", after: [], look: propertyNameChars },
  { name: "name_properties", severity: "error", after: [], of: ["name"], look: nameProperties },
  {
    name: "node_name_vs_property_name",
    severity: "warning",
    after: ["node_name_chars"],
    look: nodeNameVsPropertyName,
  },
  { name: "explicit_phandles", severity: "error", after: [], of: ["phandle", "linux,phandle"], look: explicitPhandles },
  { name: "address_cells_is_cell", severity: "warning", after: [], of: ["#address-cells"], look: isCell },
  { name: "size_cells_is_cell", severity: "warning", after: [], of: ["#size-cells"], look: isCell },
  { name: "device_type_is_string", severity: "warning", after: [], of: ["device_type"], look: isString },
  { name: "model_is_string", severity: "warning", after: [], of: ["model"], look: isString },
  { name: "status_is_string", severity: "warning", after: [], of: ["status"], look: isString },
  { name: "compatible_is_string_list", severity: "warning", after: [], of: ["compatible"], look: isStringList },
  { name: "reg_format", severity: "warning", after: CELLS, of: ["reg"], look: regFormat },
  { name: "ranges_format", severity: "warning", after: CELLS, of: ["ranges"], look: rangesFormat },
  { name: "dma_ranges_format", severity: "warning", after: CELLS, of: ["dma-ranges"], look: rangesFormat },
  { name: "unit_address_vs_reg", severity: "warning", after: [], look: unitAddressVsReg },
  {
    name: "unit_address_format",
    severity: "warning",
    after: ["node_name_format", ...PCI, ...SIMPLE_BUS],
    look: unitAddressFormat,
  },
  { name: "unit-address-value", severity: "warning", after: CELLS, of: ["reg"], look: unitAddressValue },
  { name: "simple_bus_reg", severity: "warning", after: ["reg_format", ...SIMPLE_BUS], look: simpleBusReg },
  {
    name: "avoid_default_addr_size",
    severity: "warning",
    after: CELLS,
    of: ["reg", "ranges"],
    look: avoidDefaultAddrSize,
  },
  {
    name: "avoid_unnecessary_addr_size",
    severity: "warning",
    after: ["avoid_default_addr_size"],
    of: ["#address-cells"],
    look: avoidUnnecessaryAddrSize,
  },
  {
    name: "unique_unit_address",
    severity: "warning",
    after: ["avoid_default_addr_size"],
    of: ["#address-cells"],
    look: uniqueUnitAddress,
  },
] as const satisfies readonly Check[];

/** Those that keep dtc from writing anything; they come after none of the others. */
export const ERROR_CHECKS: readonly Check[] = CHECKS.filter(({ severity }) => severity === "error");

/** Of these, what a source can get wrong and still be parsed: of the others, the parser gives no tree. */
export const NAME_CHECKS: readonly Check[] = ERROR_CHECKS.filter(({ look }) =>
  [nodeNameChars, nodeNameFormat, propertyNameChars].some((check) => check === look),
);
