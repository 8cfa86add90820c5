import { LIMITS } from "../limits.ts";
import { latin1, TreeNode } from "../tree.ts";
import { type BlobHeader, word } from "./header.ts";
import { hex, type Report } from "./report.ts";

const Token = { beginNode: 1, endNode: 2, property: 3, nop: 4, end: 9 } as const;

/**
 * Reads the structure block (specification 5.4) into nodes and properties. Values are views of `bytes`. What leaves the
 * way unclear (a bad token, a length that points outside) ends the reading; a bad name costs its property alone.
 *
 * As in dtc, a property after a child node is read, with a warning; unlike dtc, NOP tokens may stand anywhere.
 */
export function readStructure(bytes: Uint8Array, header: BlobHeader, report: Report): TreeNode | null {
  const { structureEnd } = header;
  const nameAt = propertyNames(bytes, header);
  let root: TreeNode | null = null;
  let node: TreeNode | null = null;
  let depth = 0;
  let count = 0;
  let at = header.structureStart;
  let warnedFor: TreeNode | null = null;

  const stop = (message: string) => {
    report("blob-structure", "error", message, node ?? undefined);
    return root;
  };

  while (at + 4 <= structureEnd) {
    const tokenAt = at;
    const token = word(bytes, at);
    at += 4;
    if (token === Token.nop) continue;
    if (token === Token.end) {
      if (node !== null) return stop(`the tree ends at ${hex(tokenAt)} while this node is open`);
      if (root === null) return stop(`the tree ends at ${hex(tokenAt)}, before its root node`);
      return root;
    }
    if (token === Token.endNode) {
      if (node === null) return stop(`the end of a node at ${hex(tokenAt)} matches no beginning`);
      node = node.parent;
      depth--;
      continue;
    }
    if (token !== Token.beginNode && token !== Token.property) {
      return stop(`${hex(token)} at ${hex(tokenAt)} is no token of the structure block`);
    }
    if (++count > LIMITS.blobNodesAndProperties) {
      report("blob-limit", "error", `the blob has more than ${LIMITS.blobNodesAndProperties} nodes and properties`);
      return root;
    }

    if (token === Token.beginNode) {
      const limit = Math.min(structureEnd, at + LIMITS.nameBytes + 1);
      const length = bytes.subarray(at, limit).indexOf(0);
      if (length < 0) {
        return stop(
          limit === structureEnd
            ? `the name of the node at ${hex(tokenAt)} runs out of the structure block, which ends at ${hex(structureEnd)}`
            : `the name of the node at ${hex(tokenAt)} has more than ${LIMITS.nameBytes} bytes`,
        );
      }
      const name = latin1(bytes, at, at + length);
      at = alignedUp(at + length + 1);
      if (node === null) {
        if (root !== null) return stop(`a second root node begins at ${hex(tokenAt)}`);
        if (name !== "") {
          report("blob-structure", "warning", `the root node, at ${hex(tokenAt)}, has a name, which readers ignore`);
        }
        root = node = new TreeNode("", null);
      } else {
        if (name === "") return stop(`a child of this node, at ${hex(tokenAt)}, has no name`);
        if (depth >= LIMITS.nodeDepth) {
          report("blob-limit", "error", `the node at ${hex(tokenAt)} is more than ${LIMITS.nodeDepth} nodes deep`);
          return root;
        }
        node = node.addChild(name);
      }
      depth++;
      continue;
    }

    if (node === null) return stop(`the property at ${hex(tokenAt)} belongs to no node`);
    if (at + 8 > structureEnd) break;
    const length = word(bytes, at);
    const nameOffset = word(bytes, at + 4);
    at += 8;
    if (length > structureEnd - at) {
      return stop(
        `the value of the property at ${hex(tokenAt)} has ${hex(length)} bytes, but the structure block ends at ${hex(structureEnd)}`,
      );
    }
    const name = nameAt(nameOffset);
    if (name.kind === "bad") {
      const message = `the name of the property at ${hex(tokenAt)}, ${hex(nameOffset)} into the strings block, ${name.reason}`;
      if (!report("blob-offset", "error", message, node)) return root;
    } else {
      node.addProperty(name.text, bytes).keepValue(bytes, at, at + length);
      if (node.children.length > 0 && warnedFor !== node) {
        warnedFor = node;
        report(
          "blob-structure",
          "warning",
          `the property at ${hex(tokenAt)}, ${name.text}, stands after a child node; the specification has properties first`,
          node,
        );
      }
    }
    at = alignedUp(at + length);
  }
  return stop(`the structure block ends at ${hex(structureEnd)} without its end token`);
}

/** Tokens are aligned from the start of the block, which is itself aligned. */
function alignedUp(at: number): number {
  return (at + 3) & ~3;
}

type NameResult = { readonly kind: "name"; readonly text: string } | { readonly kind: "bad"; readonly reason: string };

/** Looks names up in the strings block, each offset once: a name is shared by all properties that have it. */
function propertyNames(bytes: Uint8Array, header: BlobHeader): (offset: number) => NameResult {
  const { stringsStart, stringsEnd } = header;
  const known = new Map<number, NameResult>();
  const read = (offset: number): NameResult => {
    const start = stringsStart + offset;
    if (start >= stringsEnd) {
      return { kind: "bad", reason: `lies outside: the block has ${hex(stringsEnd - stringsStart)} bytes` };
    }
    const limit = Math.min(stringsEnd, start + LIMITS.nameBytes + 1);
    const length = bytes.subarray(start, limit).indexOf(0);
    if (length === 0) return { kind: "bad", reason: "is empty" };
    if (length > 0) return { kind: "name", text: latin1(bytes, start, start + length) };
    return limit === stringsEnd
      ? { kind: "bad", reason: "runs out of the block without its closing NUL" }
      : { kind: "bad", reason: `has more than ${LIMITS.nameBytes} bytes` };
  };
  return (offset) => {
    let name = known.get(offset);
    if (name === undefined) {
      name = read(offset);
      known.set(offset, name);
    }
    return name;
  };
}
