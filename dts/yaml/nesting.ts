import { CST, Lexer } from "yaml";
import { MAX_YAML_DEPTH } from "./limits.ts";

/**
 * Offset of the first bracket, or indicator of a block within a block on one line, that is nested deeper than the limit;
 * -1 where there is none. The library's parser is recursive and does not survive deep nesting: no exception, Node ends.
 * Blocks that are nested by indentation need as many columns as levels, which the limit on characters bounds.
 */
export function tooDeepAt(text: string): number {
  let brackets = 0;
  let indicators = 0;
  let offset = 0;
  let isScalar = false;
  for (const lexeme of new Lexer().lex(text)) {
    if (isScalar) {
      isScalar = false;
      offset += lexeme.length;
      continue;
    }
    switch (CST.tokenType(lexeme)) {
      case "scalar":
        // A mark that a plain or block scalar follows, and that itself stands for no text.
        isScalar = true;
        continue;
      case "doc-mode":
      case "flow-error-end":
        continue;
      case "flow-map-start":
      case "flow-seq-start":
        brackets++;
        break;
      case "flow-map-end":
      case "flow-seq-end":
        brackets--;
        break;
      case "newline":
        indicators = 0;
        break;
      case "seq-item-ind":
      case "explicit-key-ind":
        indicators++;
        break;
      default:
    }
    // The outermost value is at depth 0.
    if (brackets > MAX_YAML_DEPTH + 1 || (brackets <= 0 && indicators > 2 * MAX_YAML_DEPTH)) return offset;
    offset += lexeme.length;
  }
  return -1;
}
