/** Device trees: source, blobs and YAML into trees, with every part's place in the source kept. */

export { isBlob } from "./blob/header.ts";
export { readBlob } from "./blob/read-blob.ts";
export { type BlobOptions, writeBlob } from "./blob/write-blob.ts";
export { checkStructure, structureErrors } from "./checks/check-structure.ts";
export type { Diagnostic, RelatedPlace } from "./diagnostic.ts";
export type { FileContent, FileReader, ParseResult } from "./input.ts";
export {
  type FolderEntry,
  type FolderFile,
  type FolderListing,
  type FolderReader,
  readLiveTree,
} from "./live-tree/read-live-tree.ts";
export { SourceCache } from "./load-source.ts";
export { type AppliedOverlay, applyOverlay } from "./overlay/apply-overlay.ts";
export { BlobEditor } from "./overlay/edit-blob.ts";
export type { Edit } from "./overlay/edit-log.ts";
export { isOverlay } from "./overlay/is-overlay.ts";
export { type ParseOptions, parseSource } from "./parse-source.ts";
export { sortTree } from "./sort-tree.ts";
export { type Location, NO_POSITION, NO_SPAN, type Position, SourceFile, SourceMap, type Span } from "./source.ts";
export { addSymbols } from "./symbols-node.ts";
export {
  DeviceTree,
  type Label,
  type Mark,
  MarkKind,
  type MemReserve,
  Property,
  TreeNode,
} from "./tree.ts";
export {
  type JsonMemReserve,
  type JsonNode,
  type JsonPhandle,
  type JsonPiece,
  type JsonProperty,
  type JsonTree,
  writeJson,
} from "./write-json.ts";
export { nameUnfitForSource, writeSource } from "./write-source.ts";
export { writeYaml } from "./write-yaml.ts";
export type { YamlDocument, YamlNode } from "./yaml/document.ts";
