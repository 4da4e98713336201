/**
 * kdump's flattened form, in which QEMU writes a dump from its beginning to its
 * end: pieces, each with the place that it has in the file (makedumpfile(8), -F).
 * drgn reads the file alone that they make. Pure.
 */

/** The form's own head: a name, and nothing that is needed. */
const headBytes = 4096;
const signature = 'makedumpfile';
/** Before each piece: its place and its size, 8 bytes each, big-endian. -1: there are no more. */
const pieceHeadBytes = 16;

export class Flattened {
  readonly #write: (bytes: Buffer, at: number) => void;
  /** What has come of a head that is not whole yet. */
  #rest: Buffer = Buffer.alloc(0);
  #headed = false;
  #at = 0;
  #left = 0;
  ended = false;

  /** @param write takes a part of the file, and its place; bytes */
  constructor(write: (bytes: Buffer, at: number) => void) {
    this.#write = write;
  }

  /** Throws where it is another form. */
  push(chunk: Buffer): void {
    let rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    if (!this.#headed && rest.length >= headBytes) {
      if (!rest.toString('latin1', 0, headBytes).startsWith(signature)) throw new Error('this is no flattened dump');
      this.#headed = true;
      rest = rest.subarray(headBytes);
    }
    while (this.#headed && !this.ended && rest.length > 0) {
      if (this.#left > 0) {
        const part = rest.subarray(0, this.#left);
        this.#write(part, this.#at);
        this.#at += part.length;
        this.#left -= part.length;
        rest = rest.subarray(part.length);
        continue;
      }
      if (rest.length < pieceHeadBytes) break;
      this.#at = Number(rest.readBigInt64BE(0));
      this.#left = Number(rest.readBigInt64BE(8));
      rest = rest.subarray(pieceHeadBytes);
      this.ended = this.#at < 0;
    }
    // The chunk's memory is the reader's.
    this.#rest = Buffer.from(rest);
  }
}
