/** From the YAML library's tree to a {@link YamlNode}: one kind of map, bounded, without tags and without aliases. */
import { type Alias, isAlias, isMap, isScalar, isSeq, type Node, type Scalar, type YAMLMap, type YAMLSeq } from "yaml";
import type { Diagnostic } from "../diagnostic.ts";
import type { Position, Span } from "../source.ts";
import type { YamlEntry, YamlNode } from "./document.ts";
import { excerpt } from "./excerpt.ts";
import { MAX_YAML_DEPTH, MAX_YAML_DIAGNOSTICS, MAX_YAML_VALUES } from "./limits.ts";

interface Builder {
  readonly text: string;
  readonly base: Position;
  readonly diagnostics: Diagnostic[];
  readonly anchors: Map<string, Built>;
  /** True once a limit was met: the rest is not looked at. */
  stopped: boolean;
  /** Values so far, aliases written out. */
  values: number;
}

interface Built {
  readonly node: YamlNode;
  /** Values in it, itself included, aliases written out. */
  readonly values: number;
  /** Levels of maps and sequences below it. */
  readonly depth: number;
}

/**
 * @param base position of the text's first character
 * @returns the value of a document; parts that were refused are the scalar null, with a diagnostic for each:
 *   `yaml-duplicate-key`, `yaml-unsupported` (tags), `yaml-syntax` (an alias of nothing), `yaml-limit`
 */
export function buildYaml(contents: Node | null, text: string, base: Position, diagnostics: Diagnostic[]): YamlNode {
  const builder: Builder = { text, base, diagnostics, anchors: new Map(), stopped: false, values: 0 };
  return buildNode(builder, contents, { start: base, end: base }, 0).node;
}

/** @param where the span of a value that is not written (`base:` and then nothing) */
function buildNode(builder: Builder, node: unknown, where: Span, depth: number): Built {
  if (builder.stopped || !isNode(node)) return nothing(where);
  const span = spanOf(builder, node) ?? where;
  if (isAlias(node)) return buildAlias(builder, node, span, depth);
  if (depth > MAX_YAML_DEPTH) {
    return stop(builder, span, `values are nested more than ${MAX_YAML_DEPTH} levels deep`);
  }
  if (++builder.values > MAX_YAML_VALUES) return tooMany(builder, span);
  if (node.tag !== undefined) {
    report(builder, {
      rule: "yaml-unsupported",
      severity: "error",
      message: `the value has the tag ${excerpt(node.tag)}; tags are not supported`,
      hint: "leave the tag out; numbers, texts, lists and mappings need none",
      node: null,
      span,
    });
  }
  const built = buildUntagged(builder, node, span, depth);
  if (node.anchor !== undefined) builder.anchors.set(node.anchor, built);
  return built;
}

function buildUntagged(builder: Builder, node: Scalar | YAMLMap | YAMLSeq, span: Span, depth: number): Built {
  if (isScalar(node)) return { node: { kind: "scalar", value: scalarValue(node.value), span }, values: 1, depth: 0 };
  return isMap(node) ? buildMap(builder, node, span, depth) : buildSequence(builder, node, span, depth);
}

function scalarValue(value: unknown): string | bigint | number | boolean | null {
  switch (typeof value) {
    case "string":
    case "bigint":
    case "number":
    case "boolean":
      return value;
    default:
      return null;
  }
}

function buildMap(builder: Builder, map: YAMLMap, span: Span, depth: number): Built {
  const entries = new Map<string, YamlEntry>();
  let values = 1;
  let below = 0;
  for (const pair of map.items) {
    // A key that is no scalar was reported by the parser (`stringKeys`).
    if (builder.stopped || !isScalar(pair.key)) continue;
    const key = String(pair.key.value);
    const keySpan = spanOf(builder, pair.key) ?? span;
    const built = buildNode(builder, pair.value, { start: keySpan.end, end: keySpan.end }, depth + 1);
    values += built.values;
    below = Math.max(below, built.depth + 1);
    const first = entries.get(key);
    if (first === undefined) entries.set(key, { key, keySpan, value: built.node });
    else {
      report(builder, {
        rule: "yaml-duplicate-key",
        severity: "error",
        message: `the field "${excerpt(key)}" stands twice in one mapping`,
        hint: 'keep one of them; a second entry of a list begins with its own "- "',
        node: null,
        span: keySpan,
        related: [{ message: "the first one", span: first.keySpan }],
      });
    }
  }
  return { node: { kind: "map", entries, span }, values, depth: below };
}

function buildSequence(builder: Builder, sequence: YAMLSeq, span: Span, depth: number): Built {
  const items: YamlNode[] = [];
  let values = 1;
  let below = 0;
  for (const item of sequence.items) {
    const built = buildNode(builder, item, span, depth + 1);
    items.push(built.node);
    values += built.values;
    below = Math.max(below, built.depth + 1);
  }
  return { node: { kind: "sequence", items, span }, values, depth: below };
}

/** An alias is the value of its anchor, shared; what it would come to when written out counts against the limits. */
function buildAlias(builder: Builder, alias: Alias, span: Span, depth: number): Built {
  const built = builder.anchors.get(alias.source);
  if (built === undefined) {
    report(builder, {
      rule: "yaml-syntax",
      severity: "error",
      message: `the alias *${excerpt(alias.source)} names no anchor that ends before it`,
      hint: `put &${excerpt(alias.source)} before the value that is meant, or put a text that begins with * in quotes`,
      node: null,
      span,
    });
    return nothing(span);
  }
  builder.values += built.values;
  if (builder.values > MAX_YAML_VALUES) return tooMany(builder, span);
  if (depth + built.depth > MAX_YAML_DEPTH) {
    return stop(builder, span, `values are nested more than ${MAX_YAML_DEPTH} levels deep`);
  }
  return built;
}

function tooMany(builder: Builder, span: Span): Built {
  return stop(builder, span, `the document has more than ${MAX_YAML_VALUES} values, aliases written out`);
}

function stop(builder: Builder, span: Span, message: string): Built {
  report(builder, { rule: "yaml-limit", severity: "error", message, node: null, span });
  builder.stopped = true;
  return nothing(span);
}

function report(builder: Builder, diagnostic: Diagnostic): void {
  builder.diagnostics.push(diagnostic);
  if (builder.diagnostics.length === MAX_YAML_DIAGNOSTICS) builder.stopped = true;
}

function nothing(span: Span): Built {
  return { node: { kind: "scalar", value: null, span }, values: 1, depth: 0 };
}

function isNode(node: unknown): node is Alias | Scalar | YAMLMap | YAMLSeq {
  return isAlias(node) || isScalar(node) || isMap(node) || isSeq(node);
}

/** From the first character of a value to its last; line ends and blanks that a block carries after it are left out. */
function spanOf(builder: Builder, node: { range?: [number, number, number] | null | undefined }): Span | null {
  const range = node.range;
  if (range === undefined || range === null) return null;
  const [start, valueEnd] = range;
  let end = Math.min(valueEnd, builder.text.length);
  while (end > start && " \t\r\n".includes(builder.text.charAt(end - 1))) end--;
  return { start: builder.base + start, end: builder.base + end };
}
