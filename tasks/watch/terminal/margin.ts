/** Where a guest's shell has left the cursor: at the beginning of an empty line, or after a prompt. Pure. */

type Within = 'text' | 'escape' | 'sequence' | 'string' | 'string-escape';

/** Reads what goes to the terminal; sequences that only set something do not count, and may come in parts. */
export class Margin {
  #at = true;
  #within: Within = 'text';

  /** Whether the next text stands alone on its line. */
  get at(): boolean {
    return this.#at;
  }

  reset(): void {
    this.#at = true;
    this.#within = 'text';
  }

  push(bytes: Uint8Array): void {
    for (const byte of bytes) this.#take(byte);
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
