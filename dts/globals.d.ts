// What Node and browsers both have beyond the language itself; dts/, schema/ and core/ use nothing else of theirs.
declare class TextEncoder {
  encode(text: string): Uint8Array;
}
declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean });
  decode(bytes: Uint8Array): string;
}
