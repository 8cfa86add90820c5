/**
 * The only program of the guest: prints files between marker lines and switches the machine off. It is machine code of
 * our own, so that nothing is needed beside the kernel: no shell, no C library, no cross compiler.
 */
import {
  add,
  addressOf,
  addValue,
  assemble,
  branch,
  branchIfNegative,
  branchIfZero,
  branchUnlessEqual,
  branchUnlessZero,
  CALL_KERNEL,
  type Code,
  call,
  highNibble,
  label,
  loadByteAdvance,
  loadByteAt,
  lowNibble,
  move,
  moveNot,
  moveValue,
  RETURN,
  SP,
  storeByteAdvance,
  subtractPages,
  subtractSetFlags,
} from "./arm64-code.ts";
import { elfProgram } from "./elf-program.ts";

/** Stands before each file's name on a line of its own, and before `log` and `end`. */
export const MARKER = "@carveout ";

export interface GuestFile {
  /** What stands behind the marker. */
  readonly name: string;
  readonly path: string;
  readonly isBinary: boolean;
}

/** What the guest prints, in order. Binary files are printed as hexadecimal digits. */
export const GUEST_FILES: readonly GuestFile[] = [
  { name: "version", path: "/proc/version", isBinary: false },
  { name: "cmdline", path: "/proc/cmdline", isBinary: false },
  { name: "iomem", path: "/proc/iomem", isBinary: false },
  { name: "zoneinfo", path: "/proc/zoneinfo", isBinary: false },
  { name: "fdt", path: "/sys/firmware/fdt", isBinary: true },
];

/** Numbers of system calls (include/uapi/asm-generic/unistd.h). */
const CALLS = { mount: 40, openat: 56, close: 57, read: 63, write: 64, syslog: 116, reboot: 142 } as const;

/** `reboot`'s: two magic numbers and `LINUX_REBOOT_CMD_POWER_OFF`. */
const POWER_OFF = [0xfee1deadn, 672274793n, 0x4321fedcn];

/** `SYSLOG_ACTION_CONSOLE_OFF`: the kernel's messages are not to stand in the middle of ours. */
const CONSOLE_OFF = 6n;
/** `SYSLOG_ACTION_READ_ALL`: the end of the kernel's log, as much as there is room for. */
const READ_LOG = 3n;

/** Bytes of the two buffers on the stack: what was read, and its digits. The log takes all the stack that is set aside. */
const READ_BYTES = 2048;
const BUFFER_PAGES = 64;
const PAGE_BYTES = 4096;

const [POINTER, LENGTH, OPEN_FILE, BACK, FROM, TO, LEFT, DIGITS, BYTE] = [20, 21, 22, 23, 9, 10, 11, 12, 13];
const LINK = 30;

/** The program as an ELF file for arm64. */
export function guestInit(files: readonly GuestFile[] = GUEST_FILES): Uint8Array {
  const strings: Code[] = [];
  const text = (value: string): string => {
    const name = `text ${strings.length}`;
    strings.push(label(name), Buffer.from(`${value}\0`, "latin1"));
    return name;
  };
  const say = (line: string): Code[] => [
    addressOf(POINTER!, text(line)),
    ...moveValue(LENGTH!, BigInt(line.length)),
    call("write"),
  ];
  const mount = (type: string, folder: string): Code[] => [
    addressOf(0, text(type)),
    addressOf(1, text(folder)),
    addressOf(2, text(type)),
    ...moveValue(3, 0n),
    ...moveValue(4, 0n),
    ...kernel(CALLS.mount),
  ];
  return elfProgram(
    assemble([
      subtractPages(SP, SP, BUFFER_PAGES),
      ...mount("proc", "/proc"),
      ...mount("sysfs", "/sys"),
      ...moveValue(0, CONSOLE_OFF),
      ...kernel(CALLS.syslog),
      ...files.flatMap(({ name, path, isBinary }) => [
        ...say(`\n${MARKER}${name}\n`),
        addressOf(1, text(path)),
        call(isBinary ? "show digits" : "show"),
      ]),
      ...say(`\n${MARKER}log\n`),
      call("show log"),
      ...say(`\n${MARKER}end\n`),
      ...POWER_OFF.flatMap((value, register) => moveValue(register, value)),
      ...kernel(CALLS.reboot),
      label("stay"),
      branch("stay"),
      ...writeAll(),
      ...show("show", []),
      ...show("show digits", toDigits()),
      ...showLog(),
      label("digits"),
      Buffer.from("0123456789abcdef"),
      ...strings,
    ]),
  );
}

function kernel(number: number): number[] {
  return [...moveValue(8, BigInt(number)), CALL_KERNEL];
}

/** Writes `LENGTH` bytes from `POINTER` on to standard output. */
function writeAll(): Code[] {
  return [
    label("write"),
    ...moveValue(0, 1n),
    move(1, POINTER!),
    move(2, LENGTH!),
    ...kernel(CALLS.write),
    branchIfNegative(0, "written"),
    add(POINTER!, POINTER!, 0),
    subtractSetFlags(LENGTH!, LENGTH!, 0),
    branchUnlessEqual("write"),
    label("written"),
    RETURN,
  ];
}

/** A function that writes the file whose path register 1 points at; `convert` comes before each piece is written. */
function show(name: string, convert: readonly Code[]): Code[] {
  return [
    label(name),
    move(BACK!, LINK),
    moveNot(0, 99), // AT_FDCWD, -100
    ...moveValue(2, 0n),
    ...moveValue(3, 0n),
    ...kernel(CALLS.openat),
    branchIfNegative(0, `${name}: out`),
    move(OPEN_FILE!, 0),
    label(`${name}: read`),
    move(0, OPEN_FILE!),
    addValue(1, SP, 0),
    ...moveValue(2, BigInt(READ_BYTES)),
    ...kernel(CALLS.read),
    branchIfNegative(0, `${name}: close`),
    branchIfZero(0, `${name}: close`),
    addValue(POINTER!, SP, 0),
    move(LENGTH!, 0),
    ...convert,
    call("write"),
    branch(`${name}: read`),
    label(`${name}: close`),
    move(0, OPEN_FILE!),
    ...kernel(CALLS.close),
    label(`${name}: out`),
    move(LINK, BACK!),
    RETURN,
  ];
}

function showLog(): Code[] {
  return [
    label("show log"),
    move(BACK!, LINK),
    ...moveValue(0, READ_LOG),
    addValue(1, SP, 0),
    ...moveValue(2, BigInt(BUFFER_PAGES * PAGE_BYTES)),
    ...kernel(CALLS.syslog),
    branchIfNegative(0, "no log"),
    branchIfZero(0, "no log"),
    addValue(POINTER!, SP, 0),
    move(LENGTH!, 0),
    call("write"),
    label("no log"),
    move(LINK, BACK!),
    RETURN,
  ];
}

/** The bytes that were read as two digits each, behind them on the stack. */
function toDigits(): Code[] {
  const digit = [loadByteAt(BYTE! + 1, DIGITS!, BYTE! + 1), storeByteAdvance(BYTE! + 1, TO!)];
  return [
    addValue(FROM!, SP, 0),
    addValue(TO!, SP, READ_BYTES),
    move(POINTER!, TO!),
    move(LEFT!, LENGTH!),
    add(LENGTH!, LENGTH!, LENGTH!),
    addressOf(DIGITS!, "digits"),
    label("next byte"),
    loadByteAdvance(BYTE!, FROM!),
    highNibble(BYTE! + 1, BYTE!),
    ...digit,
    lowNibble(BYTE! + 1, BYTE!),
    ...digit,
    ...moveValue(BYTE! + 1, 1n),
    subtractSetFlags(LEFT!, LEFT!, BYTE! + 1),
    branchUnlessZero(LEFT!, "next byte"),
  ];
}
