/** A server with 1 TiB in 32 banks, each with its tag storage right above it: as many regions as the kernel's table has. */
export const SERVER_BANKS = 32;

const GIB = 2 ** 30;

/** As YAML. With holes between the banks, as such servers have them, and firmware in the first. */
export function serverDescription(): string {
  const banks = Array.from({ length: SERVER_BANKS }, (_, bank) => (512 + 36 * bank) * GIB);
  const hex = (address: number) => `0x${address.toString(16)}`;
  return [
    'machine: "Server with 1 TiB"',
    "memory:",
    ...banks.flatMap((base, bank) => [`  - name: bank${bank}`, `    base: ${hex(base)}`, "    size: 32G"]),
    "tag-storage:",
    ...banks.flatMap((base, bank) => [
      `  - base: ${hex(base + 32 * GIB)}`,
      "    size: 1G",
      "    block-size: 4k",
      `    memory: bank${bank}`,
    ]),
    "reserved-memory:",
    "  - name: firmware",
    `    base: ${hex(banks[0]! + GIB)}`,
    "    size: 64M",
    "    no-map: true",
    "",
  ].join("\n");
}
