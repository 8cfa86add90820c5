/** Device trees: source, blobs and YAML into trees, with every part's place in the source kept. */
export { isBlob } from "./blob/header.ts";
export { readBlob } from "./blob/read-blob.ts";
export { writeBlob } from "./blob/write-blob.ts";
export type { Diagnostic, RelatedPlace } from "./diagnostic.ts";
export type { FileContent, FileReader, ParseResult } from "./input.ts";
export { SourceCache } from "./load-source.ts";
export { type ParseOptions, parseSource } from "./parse-source.ts";
export { type Location, NO_POSITION, NO_SPAN, type Position, SourceFile, SourceMap, type Span } from "./source.ts";
export {
  DeviceTree,
  type Label,
  type Mark,
  MarkKind,
  type MemReserve,
  Property,
  TreeNode,
} from "./tree.ts";
export type { YamlDocument, YamlNode } from "./yaml/document.ts";
