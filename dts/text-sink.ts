/** Takes a text piece by piece; all of them together are the text. */
export type Emit = (piece: string) => void;

/** Gathers small pieces into larger ones: a text may be longer than one string can be. */
export class TextSink {
  private readonly emit: Emit;
  private text = "";

  constructor(emit: Emit) {
    this.emit = emit;
  }

  add(piece: string): void {
    this.text += piece;
    if (this.text.length >= PIECE_CHARACTERS) this.flush();
  }

  flush(): void {
    if (this.text !== "") this.emit(this.text);
    this.text = "";
  }
}

const PIECE_CHARACTERS = 1 << 16;
