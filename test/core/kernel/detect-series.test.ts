import { expect, test } from "vitest";
import { detectSeries } from "../../../core/kernel/detect-series.ts";
import { type NodeSpec, node } from "../build-tree.ts";
import { flatTags, flatTree, memory, reserved, reservedTags } from "./layouts.ts";

const MEMORY = memory(0x80000000, 0x4000000, 1);
const V1 = flatTags(0x90000000, 0x200000, 1, 0x1000, "metadata");
const V2 = flatTags(0x90000000, 0x200000, 1);
const V3 = reserved([reservedTags(0x90000000, 0x200000, 1)]);
const both = { ...V2, name: "tag-storage-metadata" };

const detect = (...children: NodeSpec[]) => detectSeries(flatTree([MEMORY, ...children]));

test.each([
  ["rfc-v1", "at the root, a name that contains metadata", V1],
  ["rfc-v2", "at the root, a name that contains tag-storage", V2],
  ["rfc-v3", "under /reserved-memory, whatever the name", V3],
] as const)("%s: %s", (series, _where, child) => {
  expect(detect(child)).toEqual({ series, note: null });
  expect(detect(child, child)).toEqual({ series, note: null });
});

test.each<[string, NodeSpec[], RegExp]>([
  ["rfc-v1 and rfc-v2", [V1, V2], /rfc-v1 and rfc-v2/],
  ["rfc-v2 and rfc-v3", [V2, V3], /rfc-v2 and rfc-v3/],
  ["a name that both flat series see", [both], /rfc-v1 and rfc-v2/],
  ["no tag storage", [], /no tag storage node;/],
  ["tag storage where no series looks", [node("soc", {}, [V2])], /no tag storage node where/],
  ["tag storage at the root under another name", [{ ...V2, name: "tags" }], /no tag storage node where/],
])("%s: taken as rfc-v3, with a note", (_what, children, note) => {
  const detected = detect(...children);
  expect(detected.series).toBe("rfc-v3");
  expect(detected.note).toMatch(note);
});

test("a name without the compatible does not count", () => {
  expect(detect(node("tag-storage@90000000"), V1)).toEqual({ series: "rfc-v1", note: null });
});
