import { CST, Lexer } from "yaml";
import type { CommentPlace } from "../comments.ts";

/** The comments of YAML in order, each from its `#` to the end of the line. */
export function findYamlComments(text: string): CommentPlace[] {
  const comments: CommentPlace[] = [];
  let offset = 0;
  let isScalar = false;
  for (const lexeme of new Lexer().lex(text)) {
    const type: string | null = isScalar ? "text" : CST.tokenType(lexeme);
    isScalar = type === "scalar";
    // Marks that stand for no text; after that of a scalar comes its text, whatever that looks like.
    if (isScalar || type === "doc-mode" || type === "flow-error-end") continue;
    if (type === "comment") comments.push({ start: offset, end: offset + lexeme.length });
    offset += lexeme.length;
  }
  return comments;
}
