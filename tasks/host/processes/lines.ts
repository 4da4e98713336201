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

/** A line that does not end is parted here; bytes. */
const longest = 64 << 10;

/** Passes bytes on by whole lines, so that what others write meanwhile begins on a line of its own; at the end what is left, as a line. */
export class WholeLines {
  readonly #pass: (lines: Buffer) => void;
  #rest: Buffer = Buffer.alloc(0);

  constructor(pass: (lines: Buffer) => void) {
    this.#pass = pass;
  }

  push(chunk: Buffer): void {
    const all = Buffer.concat([this.#rest, chunk]);
    const cut = all.length > longest ? all.length : all.lastIndexOf('\n') + 1;
    this.#give(all.subarray(0, cut));
    this.#rest = all.subarray(cut);
  }

  end(): void {
    this.#give(this.#rest);
    this.#rest = Buffer.alloc(0);
  }

  #give(lines: Buffer): void {
    if (lines.length > 0) this.#pass(lines.at(-1) === 0x0a ? lines : Buffer.concat([lines, Buffer.from('\n')]));
  }
}
