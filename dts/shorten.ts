const MAX_CHARACTERS = 600;
const KEPT_AT_END = 200;

/** A message that quotes a long piece of the input, its middle left out: a name can be as long as a file. */
export function shorten(message: string): string {
  if (message.length <= MAX_CHARACTERS) return message;
  return `${message.slice(0, MAX_CHARACTERS - KEPT_AT_END - 1)}…${message.slice(-KEPT_AT_END)}`;
}
