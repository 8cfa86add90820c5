/** What JSON Schema cannot say of a machine description. Values that the schema refuses are passed over here. */
import type { Diagnostic } from "../dts/diagnostic.ts";
import { nearest } from "../dts/nearest.ts";
import type { Span } from "../dts/source.ts";
import { itemsOf, textOf, valueAt, type YamlDocument, type YamlNode } from "../dts/yaml/document.ts";
import { excerpt } from "../dts/yaml/excerpt.ts";
import { sizeOf } from "../dts/yaml/size.ts";
import { entryText } from "./description-words.ts";

/** Sections with entries, in the order in which names are given out. */
const SECTIONS = ["memory", "tag-storage", "reserved-memory"] as const;

interface Entry {
  readonly section: (typeof SECTIONS)[number];
  readonly node: YamlNode;
  /** As messages name it. */
  readonly text: string;
}

/** Findings of the rules `description-value`, `description-duplicate` and `description-unknown-memory`. */
export function checkDescription(document: YamlDocument): Diagnostic[] {
  const entries = SECTIONS.flatMap((section) =>
    itemsOf(valueAt(document.root, section)).map(
      (node, index): Entry => ({ section, node, text: entryText(section, index, node) }),
    ),
  );
  return [
    ...entries.flatMap(checkNumbers),
    ...checkNames(entries),
    ...checkBases(entries),
    ...checkMemoryReferences(entries),
  ];
}

const LIMITS = [
  { field: "base", minimum: 0n, bits: 64n },
  { field: "size", minimum: 1n, bits: 64n },
  { field: "block-size", minimum: 1n, bits: 32n },
] as const;

function checkNumbers({ node, text }: Entry): Diagnostic[] {
  const found: Diagnostic[] = [];
  for (const { field, minimum, bits } of LIMITS) {
    const value = valueAt(node, field);
    // Numbers have their limits in the schema; a schema cannot tell what `0k` or `99999999T` come to.
    const written = textOf(value);
    const number = sizeOf(value);
    if (written === null || number === null) continue;
    const subject = `${field} of ${text} is ${excerpt(written)}`;
    if (number < minimum)
      found.push(error("description-value", `${subject}; it takes ${minimum} or more`, value!.span));
    if (number >> bits > 0n) {
      found.push(error("description-value", `${subject}, which does not fit in ${bits} bits`, value!.span));
    }
  }
  const base = sizeOf(valueAt(node, "base"));
  const size = sizeOf(valueAt(node, "size"));
  const fits = base !== null && size !== null && base >= 0n && size > 0n && base >> 64n === 0n && size >> 64n === 0n;
  if (fits && base + size > 1n << 64n) {
    found.push(error("description-value", `${text} ends beyond 64 bits of address`, valueAt(node, "size")!.span));
  }
  return found;
}

/** Names become labels, and labels are one namespace. */
function checkNames(entries: readonly Entry[]): Diagnostic[] {
  const first = new Map<string, { readonly entry: Entry; readonly span: Span }>();
  const found: Diagnostic[] = [];
  for (const entry of entries) {
    const value = valueAt(entry.node, "name");
    const name = textOf(value);
    if (name === null || value === null) continue;
    const taken = first.get(name);
    if (taken === undefined) first.set(name, { entry, span: value.span });
    else {
      found.push({
        ...error("description-duplicate", `the name ${excerpt(name)} is given twice`, value.span),
        hint: "give each entry of the description a name of its own",
        related: [{ message: `${taken.entry.text} has it first`, span: taken.span }],
      });
    }
  }
  return found;
}

/** Two entries at one address would be two nodes of one name. */
function checkBases(entries: readonly Entry[]): Diagnostic[] {
  const first = new Map<string, { readonly entry: Entry; readonly span: Span }>();
  const found: Diagnostic[] = [];
  for (const entry of entries) {
    const value = valueAt(entry.node, "base");
    const base = sizeOf(value);
    if (base === null || value === null || entry.section === "reserved-memory") continue;
    const key = `${entry.section} ${base}`;
    const taken = first.get(key);
    if (taken === undefined) first.set(key, { entry, span: value.span });
    else {
      const message = `${entry.text} begins at 0x${base.toString(16)}, as ${taken.entry.text} does`;
      found.push({
        ...error("description-duplicate", message, value.span),
        related: [{ message: "the first one", span: taken.span }],
      });
    }
  }
  return found;
}

function checkMemoryReferences(entries: readonly Entry[]): Diagnostic[] {
  const banks = new Set<string>();
  for (const { section, node } of entries) {
    if (section !== "memory") continue;
    const name = textOf(valueAt(node, "name"));
    // A bank whose name is missing or no text was reported, and may be the one that is meant.
    if (name === null) return [];
    banks.add(name);
  }
  const found: Diagnostic[] = [];
  for (const { section, node, text } of entries) {
    const value = section === "tag-storage" ? valueAt(node, "memory") : null;
    const name = textOf(value);
    if (value === null || name === null || banks.has(name)) continue;
    const meant = banks.size > MAX_BANKS_COMPARED ? null : nearest(name, banks);
    found.push({
      ...error(
        "description-unknown-memory",
        `${text} serves memory ${excerpt(name)}, and no bank has that name`,
        value.span,
      ),
      hint: meant === null ? bankList(banks) : `did you mean ${meant}?`,
    });
  }
  return found;
}

const MAX_BANKS_LISTED = 8;
const MAX_BANKS_COMPARED = 64;

function bankList(banks: ReadonlySet<string>): string {
  if (banks.size === 0) return "give the bank that is meant a name under memory";
  const names = [...banks].slice(0, MAX_BANKS_LISTED).map((name) => excerpt(name));
  return `the banks are ${names.join(", ")}${banks.size > MAX_BANKS_LISTED ? ", …" : ""}`;
}

function error(rule: string, message: string, span: Span): Diagnostic {
  return { rule, severity: "error", message, node: null, span };
}
