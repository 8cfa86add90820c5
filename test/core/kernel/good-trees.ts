/** Device tree source with nothing wrong in it, in each dialect: tests change one thing. */

export type Dialect = "rfc-v1" | "rfc-v2" | "rfc-v3";

/** The name that tag storage has in a dialect. */
export const TAG_NAMES: Readonly<Record<Dialect, string>> = {
  "rfc-v1": "metadata",
  "rfc-v2": "tag-storage",
  "rfc-v3": "tag-storage",
};

/** Memory, and where its tags are. */
export interface Bank {
  readonly label: string;
  readonly memory: bigint;
  readonly memoryBytes: bigint;
  readonly tags: bigint;
  readonly tagBytes: bigint;
  readonly blockBytes?: number;
}

export const MIB = 1n << 20n;

/** Two cells of 64 bits. */
function cells(value: bigint): string {
  return `0x${(value >> 32n).toString(16)} 0x${(value & 0xffff_ffffn).toString(16)}`;
}

/** `reg = <…>;` of two cells of address and two of size. */
export function regText(start: bigint, bytes: bigint): string {
  return `reg = <${cells(start)} ${cells(bytes)}>;`;
}

export function memoryText(start: bigint, bytes: bigint, label: string | null = null): string {
  return `	${label === null ? "" : `${label}: `}memory@${start.toString(16)} {
		device_type = "memory";
		${regText(start, bytes)}
	};
`;
}

export function tagText(dialect: Dialect, { label, tags, tagBytes, blockBytes = 0x1000 }: Bank): string {
  return `	${TAG_NAMES[dialect]}@${tags.toString(16)} {
		compatible = "arm,mte-tag-storage";
		${regText(tags, tagBytes)}
		block-size = <0x${blockBytes.toString(16)}>;
		${dialect === "rfc-v3" ? "tagged-memory" : "memory"} = <&${label}>;
	};
`;
}

export const FOOT = "};\n";

/** A tree of the memory of `banks`, and the tags of the first `tagged` of them. rfc-v3 wants the tags to be memory too. */
export function goodTree(
  dialect: Dialect,
  banks: readonly Bank[],
  tagMemory: { readonly start: bigint; readonly bytes: bigint },
  tagged: number = banks.length,
): string {
  const memory = banks.map((bank) => memoryText(bank.memory, bank.memoryBytes, bank.label)).join("");
  const tags = banks
    .slice(0, tagged)
    .map((bank) => tagText(dialect, bank))
    .join("");
  const head = "/dts-v1/;\n\n/ {\n\t#address-cells = <2>;\n\t#size-cells = <2>;\n";
  if (dialect !== "rfc-v3") return `${head}${memory}${tags}${FOOT}`;
  return `${head}${memory}${memoryText(tagMemory.start, tagMemory.bytes)}	reserved-memory {
	#address-cells = <2>;
	#size-cells = <2>;
	ranges;
${tags}	};
${FOOT}`;
}

/** 64 MiB of memory at 2.5 GiB and its 2 MiB of tags, one pageblock, at 2.25 GiB. */
export function oneBank(dialect: Dialect): string {
  const bank = { label: "memory0", memory: 0xa0000000n, memoryBytes: 64n * MIB, tags: 0x90000000n, tagBytes: 2n * MIB };
  return goodTree(dialect, [bank], { start: 0x90000000n, bytes: 4n * MIB });
}

/** Bank `index` of {@link manyBanks}: 64 MiB of memory from 8 GiB on, 2 MiB of tags from 2.25 GiB on. */
export function bankAt(index: number): Bank {
  return {
    label: `bank${index}`,
    memory: 0x200000000n + BigInt(index) * 64n * MIB,
    memoryBytes: 64n * MIB,
    tags: 0x90000000n + BigInt(index) * 2n * MIB,
    tagBytes: 2n * MIB,
  };
}

/** As many banks of memory as asked for, the first `tagged` of which have tag storage. */
export function manyBanks(dialect: Dialect, count: number, tagged: number): string {
  const banks = Array.from({ length: count }, (_, index) => bankAt(index));
  return goodTree(dialect, banks, { start: 0x90000000n, bytes: 128n * MIB }, tagged);
}

/** Tags across 4 GiB, where a zone ends: 4 MiB (1024 pages) below and 8 MiB (2048 pages) above, of 384 MiB of memory. */
export const ACROSS_ZONES: Bank = {
  label: "memory0",
  memory: 0x80000000n,
  memoryBytes: 384n * MIB,
  tags: 0xffc00000n,
  tagBytes: 12n * MIB,
};

export function acrossZones(dialect: Dialect): string {
  return goodTree(dialect, [ACROSS_ZONES], { start: 0xffc00000n, bytes: 16n * MIB });
}
