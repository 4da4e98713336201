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
