/** A test's output: kept whole up to a limit, its last part always; a flood is counted, and not kept. Pure. */

/** More than this of a test's output is dropped but for its end. Bytes. */
export const mostKept = 8 << 20;
const tailBytes = 64 << 10;

export class Capture {
  readonly #most: number;
  #head: Buffer[] = [];
  #headBytes = 0;
  #tail = Buffer.alloc(0);
  #dropped = 0;

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
    const all = Buffer.concat([this.#tail, rest]);
    this.#dropped += Math.max(0, all.length - tailBytes);
    this.#tail = Buffer.from(all.subarray(-tailBytes));
  }

  /** What was dropped, in bytes. */
  get dropped(): number {
    return this.#dropped;
  }

  text(): string {
    const head = Buffer.concat(this.#head).toString();
    if (this.#tail.length === 0) return head;
    return `${head}${this.#dropped === 0 ? '' : `\n… ${this.#dropped} bytes more were printed here, and dropped …\n`}${this.#tail.toString()}`;
  }
}

/** The last lines of a text, without colour. */
export function lastLines(text: string, most: number): string[] {
  const lines = text.slice(-64 * 1024).replaceAll(/\x1b\[[0-9;?]*[A-Za-z]/g, '').replaceAll('\r', '').split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines.slice(-most);
}
