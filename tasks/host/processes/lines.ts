import { StringDecoder } from 'node:string_decoder';

/**
 * Cuts a stream of bytes into lines. A character or a line may come in parts;
 * a last line without a newline counts. A carriage return ends a line too:
 * git and curl write their progress so, each over the last.
 */
export class LineSplitter {
  readonly #take: (line: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  constructor(take: (line: string) => void) {
    this.#take = take;
  }

  push(chunk: Buffer): void {
    // A return at the chunk's very end may be half of a CR LF: it is kept for the next chunk.
    const lines = (this.#rest + this.#decoder.write(chunk)).split(/\r*\n|\r+(?=[^\r\n])/);
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.#take(line);
  }

  end(): void {
    const last = this.#rest + this.#decoder.end();
    this.#rest = '';
    if (last !== '') this.#take(last.replace(/\r+$/, ''));
  }
}

/** Passes bytes on by whole lines, so that what others write meanwhile begins on a line of its own; at the end what is left, as a line. */
export class WholeLines {
  readonly #pass: (lines: Buffer) => void;
  #rest: Buffer = Buffer.alloc(0);

  constructor(pass: (lines: Buffer) => void) {
    this.#pass = pass;
  }

  push(chunk: Buffer): void {
    const end = chunk.lastIndexOf('\n') + 1;
    if (end > 0) this.#pass(Buffer.concat([this.#rest, chunk.subarray(0, end)]));
    this.#rest = end > 0 ? Buffer.from(chunk.subarray(end)) : Buffer.concat([this.#rest, chunk]);
  }

  end(): void {
    if (this.#rest.length > 0) this.#pass(Buffer.concat([this.#rest, Buffer.from('\n')]));
    this.#rest = Buffer.alloc(0);
  }
}
