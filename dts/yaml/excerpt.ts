const MAX_EXCERPT_CHARS = 40;

/** A piece of the user's text, fit for a message: short, on one line, no control characters. */
export function excerpt(text: string, maxChars = MAX_EXCERPT_CHARS): string {
  const short = text.length > maxChars ? `${text.slice(0, maxChars)}…` : text;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is to be replaced
  return short.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, "\ufffd");
}
