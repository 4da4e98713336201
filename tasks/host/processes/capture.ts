/** What a command prints: kept whole up to a limit, its last part always; a flood is counted, and not kept. Pure. */
import { withoutEscapes } from '../../text/escapes.ts';

/** More than this is dropped but for its end. Bytes. */
export const mostKept = 8 << 20;
const tailBytes = 64 << 10;

export class Capture {
  readonly #most: number;
  #head: Buffer[] = [];
  #headBytes = 0;
  /** A ring, once something comes after the head. */
  #tail: Buffer | undefined;
  /** Bytes that came after the head. */
  #after = 0;

  constructor(most = mostKept) {
    this.#most = most;
  }

  push(chunk: Buffer): void {
    const room = this.#most - this.#headBytes;
    if (room > 0) {
      // A copy: the chunk is a view of what the socket gave.
      this.#head.push(Buffer.from(chunk.subarray(0, room)));
      this.#headBytes += Math.min(room, chunk.length);
    }
    const rest = chunk.subarray(Math.max(0, room));
    if (rest.length === 0) return;
    this.#tail ??= Buffer.alloc(tailBytes);
    const kept = rest.subarray(-tailBytes);
    const at = (this.#after + rest.length - kept.length) % tailBytes;
    const fitted = kept.copy(this.#tail, at);
    kept.copy(this.#tail, 0, fitted);
    this.#after += rest.length;
  }

  /** What was dropped, in bytes. */
  get dropped(): number {
    return Math.max(0, this.#after - tailBytes);
  }

  text(): string {
    const head = Buffer.concat(this.#head).toString();
    if (this.#tail === undefined) return head;
    const end = this.#after % tailBytes;
    const tail = this.dropped === 0 && end > 0 ? this.#tail.subarray(0, end) : Buffer.concat([this.#tail.subarray(end), this.#tail.subarray(0, end)]);
    return `${head}${this.dropped === 0 ? '' : `\n… ${this.dropped} bytes more were printed here, and dropped …\n`}${tail.toString()}`;
  }
}

/** The last lines of a text, without colour. */
export function lastLines(text: string, most: number): string[] {
  const lines = withoutEscapes(text.slice(-64 * 1024)).replaceAll('\r', '').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.slice(-most);
}
