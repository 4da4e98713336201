/** What a guest's shell has left on the line that the cursor is on: nothing, a prompt, half a line of output. Pure. */

type Within = 'text' | 'escape' | 'sequence' | 'string' | 'string-escape';

/** What goes on for longer without the end of a line (a progress bar, say) is not kept. Bytes. */
const longest = 4096;

/** Reads what goes to the terminal; sequences that only set something do not count, and may come in parts. */
export class Margin {
  #at = true;
  #within: Within = 'text';
  #line: Buffer | undefined = Buffer.alloc(0);

  /** Whether the next text stands alone on its line. */
  get at(): boolean {
    return this.#at;
  }

  /** What was written since the last end of a line: written again at the beginning of a line, it looks the same. `undefined` where that is too long. */
  get line(): Uint8Array | undefined {
    return this.#line;
  }

  reset(): void {
    this.#at = true;
    this.#within = 'text';
    this.#line = Buffer.alloc(0);
  }

  push(bytes: Uint8Array): void {
    for (const byte of bytes) this.#take(byte);
    const end = bytes.lastIndexOf(0x0a) + 1;
    if (end > 0) this.#line = Buffer.from(bytes.subarray(end));
    else if (this.#line !== undefined) this.#line = Buffer.concat([this.#line, bytes]);
    if (this.#line !== undefined && this.#line.length > longest) this.#line = undefined;
  }

  #take(byte: number): void {
    switch (this.#within) {
      case 'text':
        if (byte === 0x1b) this.#within = 'escape';
        else if (byte === 0x0a) this.#at = true;
        // A carriage return leaves the line's text where it is, a bell moves nothing.
        else if (byte >= 0x20) this.#at = false;
        return;
      case 'escape':
        // CSI; OSC, DCS, SOS, PM, APC: a string until BEL or ST; else one byte.
        this.#within = byte === 0x5b ? 'sequence' : [0x5d, 0x50, 0x58, 0x5e, 0x5f].includes(byte) ? 'string'
          : byte >= 0x20 && byte < 0x30 ? 'escape' : 'text';
        return;
      case 'sequence':
        if (byte >= 0x40 && byte < 0x7f) this.#within = 'text';
        return;
      case 'string':
        if (byte === 0x07) this.#within = 'text';
        else if (byte === 0x1b) this.#within = 'string-escape';
        return;
      case 'string-escape':
        this.#within = 'text';
        return;
    }
  }
}
