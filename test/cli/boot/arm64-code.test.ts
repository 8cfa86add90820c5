/** Encodings are those that LLVM 14's assembler gives (llvm-mc --triple=aarch64). */
import { describe, expect, test } from "vitest";
import {
  add,
  addressOf,
  addValue,
  assemble,
  branch,
  branchIfNegative,
  branchIfZero,
  branchTo,
  branchUnlessEqual,
  branchUnlessZero,
  CALL_KERNEL,
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
} from "../../../cli/boot/arm64-code.ts";
import { entryCode } from "../../../cli/boot/entry-code.ts";

const wordsOf = (bytes: Uint8Array) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / 4 }, (_, at) => view.getUint32(at * 4, true));
};

describe("instructions", () => {
  test.each([
    ["mov x0, #-100", moveNot(0, 99), 0x92800c60],
    ["mov x20, x0", move(20, 0), 0xaa0003f4],
    ["add x20, x20, x0", add(20, 20, 0), 0x8b000294],
    ["subs x21, x21, x0", subtractSetFlags(21, 21, 0), 0xeb0002b5],
    ["add x1, sp, #2048", addValue(1, SP, 2048), 0x912003e1],
    ["mov x1, sp", addValue(1, SP, 0), 0x910003e1],
    ["sub sp, sp, #2, lsl #12", subtractPages(SP, SP, 2), 0xd1400bff],
    ["lsr w14, w13, #4", highNibble(14, 13), 0x53047dae],
    ["and w14, w13, #15", lowNibble(14, 13), 0x12000dae],
    ["ldrb w13, [x9], #1", loadByteAdvance(13, 9), 0x3840152d],
    ["ldrb w14, [x12, x14]", loadByteAt(14, 12, 14), 0x386e698e],
    ["strb w14, [x10], #1", storeByteAdvance(14, 10), 0x3800154e],
    ["br x4", branchTo(4), 0xd61f0080],
    ["svc #0", CALL_KERNEL, 0xd4000001],
    ["ret", RETURN, 0xd65f03c0],
  ])("%s", (_, word, encoding) => expect(word).toBe(encoding));

  test.each([
    ["movz x3, #0x4000, lsl #32", moveValue(3, 0x4000_0000_0000n), [0xd2c80003]],
    ["movz x0, #0xbeef; movk x0, #0xdead, lsl #16", moveValue(0, 0xdeadbeefn), [0xd297dde0, 0xf2bbd5a0]],
    ["mov x0, #0", moveValue(0, 0n), [0xd2800000]],
  ])("%s", (_, words, encodings) => expect(words).toEqual(encodings));
});

test("labels before and behind, code and bytes", () => {
  const code = assemble([
    label("back"),
    0xd503201f,
    branch("fwd"),
    call("back"),
    branchUnlessZero(11, "back"),
    branchIfZero(0, "fwd"),
    branchUnlessEqual("back"),
    branchIfNegative(0, "fwd"),
    branchIfNegative(22, "back"),
    addressOf(20, "back"),
    addressOf(20, "text"),
    label("fwd"),
    RETURN,
    Buffer.from("abcd"),
    label("text"),
    Buffer.from("abc"),
  ]);
  expect(wordsOf(code)).toEqual([
    0xd503201f, 0x14000009, 0x97fffffe, 0xb5ffffab, 0xb40000c0, 0x54ffff61, 0xb7f80080, 0xb7ffff36, 0x10ffff14,
    0x10000074, 0xd65f03c0, 0x64636261, 0x00636261,
  ]);
  expect(() => assemble([branch("nowhere")])).toThrow("nowhere");
});

test("the kernel is entered with its blob in x0 and nothing in x1 to x3", () => {
  // mov x0, #0xbeef; movk x0, #0xdead, lsl #16; mov x1 to x3, #0; mov x4, #0x80000000; br x4
  expect(wordsOf(entryCode(0x8000_0000n, 0xdeadbeefn))).toEqual([
    0xd297dde0, 0xf2bbd5a0, 0xd2800001, 0xd2800002, 0xd2800003, 0xd2b00004, 0xd61f0080,
  ]);
});
