/** How much an input reads and makes, against {@link LIMITS}. What is too much is said, for whoever counts to report. */
import { LIMITS } from "./limits.ts";
import type { LoadedSource } from "./load-source.ts";
import type { Tokens } from "./tokens.ts";

export class SourceBudget {
  /** Tokens that expansion made. */
  expandedTokens = 0;
  private readTokens = 0;
  private pastedCharacters = 0;
  private files = 0;
  private characters = 0;

  /** Counts a file that is entered. */
  addFile({ file, tokens }: LoadedSource): string | null {
    this.characters += file.text.length + 1;
    this.readTokens += tokens.count;
    this.files++;
    if (this.characters > LIMITS.sourceCharacters) {
      return `the input and what it includes have more than ${LIMITS.sourceCharacters} characters`;
    }
    // The input itself is no include.
    if (this.files > LIMITS.includes + 1) return `more than ${LIMITS.includes} files are included`;
    return this.addExpanded(0);
  }

  /** Counts the tokens of a file that are read in place of others. */
  exchange(tokens: Tokens, before: Tokens): string | null {
    this.readTokens += tokens.count - before.count;
    return this.addExpanded(0);
  }

  /** Counts tokens that expansion makes. */
  addExpanded(count: number): string | null {
    this.expandedTokens += count;
    if (this.expandedTokens > LIMITS.expandedTokens) {
      return `macros expand to more than ${LIMITS.expandedTokens} tokens`;
    }
    if (this.readTokens + this.expandedTokens > LIMITS.tokens) {
      return `the input and what it includes have more than ${LIMITS.tokens} tokens`;
    }
    return null;
  }

  /** Counts characters that `#` and `##` are about to make. */
  addPasted(count: number): string | null {
    this.pastedCharacters += count;
    return this.pastedCharacters > LIMITS.pastedCharacters
      ? `# and ## make more than ${LIMITS.pastedCharacters} characters`
      : null;
  }
}
