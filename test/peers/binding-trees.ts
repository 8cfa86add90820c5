/** Trees, good and bad, for dt-validate and our schemas: an rfc-v3 machine, each with one thing changed. */

/** A node's properties and children by name, each as its source; null leaves one out. */
type Body = Readonly<Record<string, string | null>>;

export interface BindingTree {
  readonly name: string;
  readonly source: string;
}

const ROOT: Body = { "#address-cells": "= <2>", "#size-cells": "= <2>", compatible: '= "arm,fvp"', model: '= "FVP"' };
const MEMORY: Body = { device_type: '= "memory"', reg: "= <0x0 0x80000000 0x0 0x80000000>" };
const RESERVED: Body = { "#address-cells": "= <2>", "#size-cells": "= <2>", ranges: "" };
const TAGS: Body = {
  compatible: '= "arm,mte-tag-storage"',
  reg: "= <0x8 0xf8000000 0x0 0x4000000>",
  "block-size": "= <0x1000>",
  "tagged-memory": "= <&memory0>",
  reusable: "",
};
const RANGE: Body = { reg: "= <0x0 0x90000000 0x0 0x100000>" };

interface Change {
  readonly root?: Body;
  readonly memory?: Body;
  readonly reserved?: Body;
  readonly tags?: Body;
  readonly range?: Body;
}

function bodyText(base: Body, change: Body = {}): string {
  return Object.entries({ ...base, ...change })
    .filter(([, text]) => text !== null)
    .map(([name, text]) => (text!.startsWith("{") ? `${name} ${text};` : `${name} ${text};`))
    .join(" ");
}

/** Children come after properties. */
function treeText({ root, memory, reserved, tags, range }: Change): string {
  return `/dts-v1/;
/ {
	${bodyText(ROOT, root)}
	memory0: memory@80000000 { ${bodyText(MEMORY, memory)} };
	memory@8f8000000 { device_type = "memory"; reg = <0x8 0xf8000000 0x0 0x4000000>; };
	reserved-memory {
		${bodyText(RESERVED, reserved)}
		tags@8f8000000 { ${bodyText(TAGS, tags)} };
		buffer@90000000 { ${bodyText(RANGE, range)} };
	};
};
`;
}

const CHANGES: Readonly<Record<string, Change>> = {
  "as the series has it": {},
  "blocks of 64 KiB": { tags: { "block-size": "= <0x10000>" } },
  "no block size": { tags: { "block-size": null } },
  "block size of two cells": { tags: { "block-size": "= <0x0 0x1000>" } },
  "block size that is empty": { tags: { "block-size": "" } },
  "block size of four letters": { tags: { "block-size": '= "abc"' } },
  "block size of three bytes": { tags: { "block-size": "= [00 10 00]" } },
  "block size by another name": { tags: { "block-size": null, "block-sise": "= <0x1000>" } },
  "no reg": { tags: { reg: null } },
  "two ranges": { tags: { reg: "= <0x8 0xf8000000 0x0 0x2000000 0x8 0xfa000000 0x0 0x2000000>" } },
  "reg that is empty": { tags: { reg: "" } },
  "reg of three cells": { tags: { reg: "= <0x8 0xf8000000 0x4000000>" } },
  "reg of five bytes": { tags: { reg: "= [00 00 00 08 f8]" } },
  "no tagged memory": { tags: { "tagged-memory": null } },
  "two tagged memories": { tags: { "tagged-memory": "= <&memory0 &memory0>" } },
  "tagged memory that is empty": { tags: { "tagged-memory": "" } },
  "tagged memory by its rfc-v2 name": { tags: { "tagged-memory": null, memory: "= <&memory0>" } },
  "not reusable": { tags: { reusable: null } },
  "reusable with a value": { tags: { reusable: "= <1>" } },
  "no-map in place of reusable": { tags: { reusable: null, "no-map": "" } },
  "no-map beside reusable": { tags: { "no-map": "" } },
  "size beside reg": { tags: { size: "= <0x0 0x4000000>" } },
  "size in place of reg": { tags: { reg: null, size: "= <0x0 0x4000000>" } },
  okay: { tags: { status: '= "okay"' } },
  ok: { tags: { status: '= "ok"' } },
  disabled: { tags: { status: '= "disabled"' } },
  "disabled, and without its block size": { tags: { status: '= "disabled"', "block-size": null } },
  "disabled, and with a property too many": { tags: { status: '= "disabled"', colour: '= "red"' } },
  "a status that nobody knows": { tags: { status: '= "off"' } },
  "failed, and why": { tags: { status: '= "fail-dram"' } },
  "a property that nobody knows": { tags: { colour: '= "red"' } },
  "a child": { tags: { child: "{ }" } },
  "two compatibles": { tags: { compatible: '= "acme,tags", "arm,mte-tag-storage"' } },
  "an alignment of one cell": { tags: { alignment: "= <0x1000>" } },
  "an alignment of two cells": { tags: { alignment: "= <0x0 0x1000>" } },
  "an alignment of three cells": { tags: { alignment: "= <0x0 0x0 0x1000>" } },
  "allocation ranges": { tags: { "alloc-ranges": "= <0x8 0x0 0x1 0x0>" } },
  "addresses of an iommu": { tags: { "iommu-addresses": "= <&memory0 0x8 0xf8000000 0x0 0x1000>" } },
  "a phandle": { tags: { phandle: "= <0x77>" } },
  "a phandle of the old name": { tags: { "linux,phandle": "= <0x77>" } },
  pins: { tags: { "pinctrl-names": '= "default"', "pinctrl-0": "= <&memory0>" } },
  "memory without its type": { memory: { device_type: null } },
  "memory of another type": { memory: { device_type: '= "ram"' } },
  "memory of two types": { memory: { device_type: '= "memory", "ram"' } },
  "memory without reg": { memory: { reg: null } },
  "memory with usable memory alone": {
    memory: { reg: null, "linux,usable-memory": "= <0x0 0x80000000 0x0 0x40000000>" },
  },
  "memory of two ranges": { memory: { reg: "= <0x0 0x80000000 0x0 0x1000 0x0 0x80002000 0x0 0x1000>" } },
  "memory with a reg that is empty": { memory: { reg: "" } },
  "memory on a node": { memory: { "numa-node-id": "= <1>" } },
  "memory on two nodes": { memory: { "numa-node-id": "= <0 1>" } },
  "memory with a status that nobody knows": { memory: { status: '= "maybe"' } },
  "memory that is off, without reg": { memory: { status: '= "disabled"', reg: null } },
  "memory with a property more": { memory: { colour: '= "red"' } },
  "reserved memory without #address-cells": { reserved: { "#address-cells": null } },
  "reserved memory without #size-cells": { reserved: { "#size-cells": null } },
  "reserved memory without ranges": { reserved: { ranges: null } },
  "reserved memory with two address cells numbers": { reserved: { "#address-cells": "= <2 2>" } },
  "a buffer that the kernel places": { range: { reg: null, size: "= <0x0 0x100000>", alignment: "= <0x0 0x10000>" } },
  "a buffer with neither reg nor size": { range: { reg: null } },
  "a buffer with both reg and size": { range: { size: "= <0x0 0x100000>" } },
  "a buffer that is not mapped": { range: { "no-map": "" } },
  "a buffer that is reused": { range: { compatible: '= "shared-dma-pool"', reusable: "" } },
  "a buffer that is not mapped and reused": { range: { "no-map": "", reusable: "" } },
  "a buffer with a value for no-map": { range: { "no-map": "= <0>" } },
  "a buffer of a size of three cells": { range: { reg: null, size: "= <0x0 0x0 0x100000>" } },
  "a buffer with a status that nobody knows": { range: { status: '= "on"' } },
  "a buffer that is off, without reg": { range: { status: '= "disabled"', reg: null } },
  "a buffer of two ranges": { range: { reg: "= <0x0 0x90000000 0x0 0x1000 0x0 0x90002000 0x0 0x1000>" } },
  "a buffer with an empty reg": { range: { reg: "" } },
  "a root of three address cells": { root: { "#address-cells": "= <3>" } },
  "a root without #size-cells": { root: { "#size-cells": null } },
  "a root of two numbers of cells": { root: { "#size-cells": "= <2 2>" } },
};

export const BINDING_TREES: readonly BindingTree[] = Object.entries(CHANGES).map(([name, change]) => ({
  name,
  source: treeText(change),
}));
