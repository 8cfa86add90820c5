/** Overlays that the Linux kernel has, each with what it is for. Paths without `.dts`. */

export const ARM64 = "arch/arm64/boot/dts";
export const UNITTEST = "drivers/of/unittest-data";

/** Boards with the overlays that the kernel's Makefiles apply to them, or that say in their comments what they are for. */
export const KERNEL_PAIRS: readonly (readonly [base: string, ...overlays: string[]])[] = [
  ...["13bb", "65bb", "7777", "85bb", "899b", "9999"].map(
    (serdes) => ["freescale/fsl-ls1028a-qds", `freescale/fsl-ls1028a-qds-${serdes}`] as const,
  ),
  ...["72", "73"].flatMap((board) =>
    ["imx219", "rs232-rts", "rs422", "rs485"].map(
      (option) =>
        [`freescale/imx8mm-venice-gw${board}xx-0x`, `freescale/imx8mm-venice-gw${board}xx-0x-${option}`] as const,
    ),
  ),
  ["freescale/imx8mm-venice-gw73xx-0x", "freescale/imx8mm-venice-gw72xx-0x-imx219"],
  [
    "freescale/imx8mm-venice-gw72xx-0x",
    "freescale/imx8mm-venice-gw72xx-0x-imx219",
    "freescale/imx8mm-venice-gw72xx-0x-rs485",
  ],
  ["renesas/r8a77990-ebisu", "renesas/draak-ebisu-panel-aa104xd12"],
  ["renesas/r8a77995-draak", "renesas/draak-ebisu-panel-aa104xd12"],
  ["renesas/r8a77951-salvator-x", "renesas/salvator-panel-aa104xd12"],
  ["renesas/r8a77965-salvator-xs", "renesas/salvator-panel-aa104xd12"],
  ...["sm", "smk"].flatMap((base) =>
    ["A", "B"].map((rev) => [`xilinx/zynqmp-${base}-k26-revA`, `xilinx/zynqmp-sck-kv-g-rev${rev}`] as const),
  ),
  // An overlay on a board that it was not made for
  ["renesas/r8a77990-ebisu", "freescale/fsl-ls1028a-qds-13bb"],
];

/** Overlays of the kernel's own tests that drivers/of/unittest-data/Makefile applies to static_base_1. */
const STATIC_1 = [
  ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 17, 18, 19, 20].map((number) => `overlay_${number}`),
  ...["01", "02a", "02b", "03", "04a", "04b"].map((number) => `overlay_gpio_${number}`),
];

export const UNITTEST_PAIRS: readonly (readonly [base: string, ...overlays: string[]])[] = [
  ...STATIC_1.map((overlay) => ["static_base_1", overlay] as const),
  ["static_base_1", ...STATIC_1],
  ["static_base_2", "overlay"],
  ...["overlay_bad_add_dup_node", "overlay_bad_add_dup_prop", "overlay_bad_phandle", "overlay_bad_symbol"].flatMap(
    (bad) => [["static_base_2", bad] as const, ["static_base_2", "overlay", bad] as const],
  ),
  ["static_base_1", "testcases"],
  ["static_base_2", "overlay_0"],
];
