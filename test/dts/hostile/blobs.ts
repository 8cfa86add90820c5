/**
 * Blobs as libfdt's users reported them, and their relatives. dgibson/dtc#66 and the like are threads on GitHub, seven hex digits are dtc's
 * commits.
 */
import { LIMITS } from "../../../dts/limits.ts";
import { be32, begin, end, finish, type Item, prop, words, writeBlob } from "../blob-writer.ts";
import { type HostileCase, type Sizes, shown } from "./case.ts";

const itemsOf = (count: number, item: (index: number) => readonly Item[]): Item[] => {
  const items: Item[] = [];
  for (let i = 0; i < count; i++) items.push(...item(i));
  return items;
};
const smallBlob = (header: Readonly<Record<number, number>> = {}): Uint8Array =>
  writeBlob({ items: [begin(""), prop("a", 0, 0, 0, 1), begin("n"), prop("b"), end, end, finish], header }).bytes;

export function blobCases({ many, million }: Sizes): readonly HostileCase[] {
  return [
    {
      name: "four bytes of magic",
      kind: "dtb",
      make: () => new Uint8Array(be32(0xd00dfeed)),
      answer: "blob-truncated",
    },
    {
      name: "totalsize of 2^32 - 1 (dgibson/dtc#66)",
      kind: "dtb",
      make: () => smallBlob({ 1: 0xffffffff }),
      answer: "blob-truncated",
    },
    {
      name: "a structure block off the boundary of 4 (dgibson/dtc#178)",
      kind: "dtb",
      make: () =>
        new Uint8Array(
          [0xd00dfeed, 0x48, 0x32, 0x48, 0x28, 0x11, 0x10, 0, 0, 0x10, 0, 0, 0, 0x10000, 0, 0x20000, 9, 0].flatMap(
            be32,
          ),
        ),
      answer: "blob-offset",
    },
    {
      name: "a property length that overflows (7359034, dgibson/dtc#188)",
      kind: "dtb",
      make: () => writeBlob({ items: [begin(""), words(3, 0x7ffffff0, 0), end, finish], strings: [97, 0] }).bytes,
      answer: "blob-structure",
    },
    {
      name: "a property length of 2^32 - 1",
      kind: "dtb",
      make: () => writeBlob({ items: [begin(""), words(3, 0xffffffff, 0), end, finish], strings: [97, 0] }).bytes,
      answer: "blob-structure",
    },
    {
      name: "memory reservations without an end (47d7c01)",
      kind: "dtb",
      make: () => {
        const blob = writeBlob({ items: [begin(""), end, finish], reserves: [[1, 1]] });
        return blob.bytes.fill(1, blob.reserveMapAt, blob.structureAt);
      },
      answer: "blob-reserve-map",
    },
    {
      name: "blocks on top of one another, all at the end of the header",
      kind: "dtb",
      make: () => smallBlob({ 2: 40, 3: 40, 4: 40 }),
      answer: "blob-structure",
    },
    {
      name: "the structure block as its own strings",
      kind: "dtb",
      make: () => {
        const { bytes, structureAt } = writeBlob({
          items: [begin("abc"), prop("x", 1, 2, 3, 4), end, finish],
          strings: [],
        });
        new DataView(bytes.buffer).setUint32(12, structureAt);
        new DataView(bytes.buffer).setUint32(32, bytes.length - structureAt);
        new DataView(bytes.buffer).setUint32(structureAt + 16, 4);
        return bytes;
      },
      answer: "tree",
    },
    {
      name: "a web page in the place of a blob (raspberrypi/firmware#560)",
      kind: "dtb",
      make: () => Buffer.from(`\n\n\n\n${"<!DOCTYPE html>\n".repeat(10)}`, "latin1"),
      answer: "blob-magic",
    },
    {
      name: "the structure block said to be four bytes shorter than it is (fwupd/fwupd#8135)",
      kind: "dtb",
      make: () => {
        const blob = smallBlob();
        const view = new DataView(blob.buffer);
        view.setUint32(36, view.getUint32(36) - 4);
        return blob;
      },
      answer: "blob-structure",
    },
    {
      name: "a structure block beyond the file (embeddedos-org/eos#50, Xilinx/XRT#10019)",
      kind: "dtb",
      make: () => smallBlob({ 2: 0x7ffffffc }),
      answer: "blob-offset",
    },
    {
      name: "a property's name 2^30 bytes on (embeddedos-org/eos#50)",
      kind: "dtb",
      make: () => writeBlob({ items: [begin(""), words(3, 0, 0x40000000), end, finish], strings: [97, 0] }).bytes,
      answer: "blob-offset",
    },
    {
      name: "a root with a name (a2def54, CVE-2021-27097)",
      kind: "dtb",
      make: () => writeBlob({ items: [begin("root"), prop("a"), end, finish] }).bytes,
      answer: "tree",
    },
    {
      name: "two roots (CVE-2021-27097)",
      kind: "dtb",
      make: () => writeBlob({ items: [begin(""), prop("a"), end, begin(""), prop("b"), end, finish] }).bytes,
      answer: "blob-structure",
    },
    {
      name: "a name of the root without an end (fda71da)",
      kind: "dtb",
      make: () => writeBlob({ items: [words(1, 0x61616161, 0x61616161)] }).bytes,
      answer: "blob-structure",
    },
    {
      name: `${shown(many)} nodes of one name, and ${shown(many)} properties of one name`,
      kind: "dtb",
      make: () =>
        writeBlob({
          items: [
            begin(""),
            ...itemsOf(many, () => [prop("p")]),
            ...itemsOf(many, () => [begin("n"), end]),
            end,
            finish,
          ],
        }).bytes,
      answer: "tree",
    },
    {
      name: `${shown(many)} properties, all names different (ce01b21)`,
      kind: "dtb",
      make: () => writeBlob({ items: [begin(""), ...itemsOf(many, (i) => [prop(`p${i}`)]), end, finish] }).bytes,
      answer: "tree",
    },
    {
      name: "names that are each the end of the one before",
      kind: "dtb",
      make: () => {
        const long = Array.from({ length: 255 }, (_, i) => 97 + (i % 26));
        const items = [begin(""), ...itemsOf(many / 2, (i) => [words(3, 0, i % 250)]), end, finish];
        return writeBlob({ items, strings: [...long, 0] }).bytes;
      },
      answer: "tree",
    },
    {
      name: `nodes ${shown(many)} deep`,
      kind: "dtb",
      make: () =>
        writeBlob({
          items: [begin(""), ...itemsOf(many, () => [begin("a")]), ...itemsOf(many, () => [end]), end, finish],
        }).bytes,
      answer: "blob-limit",
    },
    {
      name: "beginnings without an end",
      kind: "dtb",
      make: () => writeBlob({ items: itemsOf(400, () => [words(1, 0x61000000)]) }).bytes,
      answer: "blob-structure",
    },
    {
      name: `${shown(million * 2)} NOPs`,
      kind: "dtb",
      make: () => {
        const nops = Uint8Array.from({ length: million * 8 }, (_, i) => (i % 4 === 3 ? 4 : 0));
        const { bytes, structureAt } = writeBlob({ items: [begin(""), end, finish] });
        const grown = new Uint8Array(bytes.length + nops.length);
        grown.set(bytes.subarray(0, structureAt));
        grown.set(nops, structureAt);
        grown.set(bytes.subarray(structureAt), structureAt + nops.length);
        const view = new DataView(grown.buffer);
        for (const field of [4, 12, 36]) view.setUint32(field, view.getUint32(field) + nops.length);
        return grown;
      },
      answer: "tree",
    },
    {
      name: "as many properties as a blob may have",
      kind: "dtb",
      make: () => propertyBlob(LIMITS.blobNodesAndProperties - 1),
      answer: "tree",
      isLarge: true,
    },
    {
      name: "one property more than a blob may have",
      kind: "dtb",
      make: () => propertyBlob(LIMITS.blobNodesAndProperties),
      answer: "blob-limit",
      isLarge: true,
    },
    {
      name: `${shown(many)} properties with names outside the blob`,
      kind: "dtb",
      make: () =>
        writeBlob({
          items: [begin(""), ...itemsOf(many, () => [words(3, 0, 0xffffff00)]), end, finish],
          strings: [97, 0],
        }).bytes,
      answer: "blob-offset",
    },
  ];
}

/** A root with `count` empty properties of one name. */
function propertyBlob(count: number): Uint8Array {
  const { bytes, structureAt } = writeBlob({ items: [begin(""), end, finish], strings: [97, 0] });
  const properties = count * 12;
  const grown = new Uint8Array(bytes.length + properties);
  grown.set(bytes.subarray(0, structureAt + 8));
  for (let at = structureAt + 8; at < structureAt + 8 + properties; at += 12) grown[at + 3] = 3;
  grown.set(bytes.subarray(structureAt + 8), structureAt + 8 + properties);
  const view = new DataView(grown.buffer);
  for (const field of [4, 12, 36]) view.setUint32(field, view.getUint32(field) + properties);
  return grown;
}
