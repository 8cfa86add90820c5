/** What QEMU 7.2 writes for its virt machine (dumpdtb), but for the most of its devices. */
import { parseSource } from "../../../dts/parse-source.ts";
import type { DeviceTree } from "../../../dts/tree.ts";

export const QEMU_DEVICES = `/dts-v1/;
/ {
	interrupt-parent = <0x8002>;
	model = "linux,dummy-virt";
	#size-cells = <0x02>;
	#address-cells = <0x02>;
	compatible = "linux,dummy-virt";
	memory@40000000 {
		reg = <0x00 0x40000000 0x01 0x00>;
		device_type = "memory";
	};
	intc@8000000 {
		phandle = <0x8002>;
		reg = <0x00 0x8000000 0x00 0x10000 0x00 0x8010000 0x00 0x10000>;
		compatible = "arm,cortex-a15-gic";
		#interrupt-cells = <0x03>;
		interrupt-controller;
	};
	cpus {
		#size-cells = <0x00>;
		#address-cells = <0x01>;
		cpu@0 {
			reg = <0x00>;
			compatible = "arm,cortex-a72";
			device_type = "cpu";
		};
	};
	chosen {
		stdout-path = "/pl011@9000000";
		rng-seed = <0xbeb34d9d>;
		kaslr-seed = <0x9247ec46 0xb125aafd>;
	};
};
`;

/** A tree from source that has no mistake in it. */
export function treeOf(source: string): DeviceTree {
  const files = { read: () => ({ kind: "missing" as const }) };
  const { tree, diagnostics } = parseSource("board.dts", source, { files, includeDirs: [] });
  if (tree === null) throw new Error(diagnostics[0]?.message);
  return tree;
}
