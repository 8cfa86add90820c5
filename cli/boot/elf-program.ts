const ELF_HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
/** A multiple of every page size of arm64. */
const LOAD_ADDRESS = 0x400000n;
const LARGEST_PAGE = 0x10000n;

/** A static 64-bit ELF executable for AArch64 with one segment: both headers, and the code behind them. */
export function elfProgram(code: Uint8Array): Uint8Array {
  const start = ELF_HEADER_BYTES + PROGRAM_HEADER_BYTES;
  const file = Buffer.alloc(start + code.length);
  const size = BigInt(file.length);
  const [two, four, eight] = [2, 4, 8];
  const fields: readonly (readonly [number, bigint])[] = [
    [two, 2n], // ET_EXEC
    [two, 183n], // EM_AARCH64
    [four, 1n],
    [eight, LOAD_ADDRESS + BigInt(start)],
    [eight, BigInt(ELF_HEADER_BYTES)],
    [eight, 0n], // no sections
    [four, 0n],
    [two, BigInt(ELF_HEADER_BYTES)],
    [two, BigInt(PROGRAM_HEADER_BYTES)],
    [two, 1n],
    [two, 0n],
    [two, 0n],
    [two, 0n],
    [four, 1n], // PT_LOAD
    [four, 5n], // readable, executable
    [eight, 0n],
    [eight, LOAD_ADDRESS],
    [eight, LOAD_ADDRESS],
    [eight, size],
    [eight, size],
    [eight, LARGEST_PAGE],
  ];
  // magic, 64 bits, little-endian, version 1
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  let at = 16;
  for (const [bytes, value] of fields) {
    if (bytes === eight) file.writeBigUInt64LE(value, at);
    else file.writeUIntLE(Number(value), at, bytes);
    at += bytes;
  }
  file.set(code, start);
  return file;
}
