/**
 * A capture's file, which has the last packets alone. It has two halves, of which
 * the older one goes when the newer one is full; at the end they become one. One
 * that was killed before leaves both, each a file that can be read.
 */
import { appendFileSync, closeSync, ftruncateSync, openSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs';

/** Of `wifi.pcapng`: what came before it. */
const olderOf = (path: string): string => path.replace(/\.pcapng$/, '.older.pcapng');

export class CaptureRing {
  readonly #path: string;
  readonly #half: number;
  #begin: Buffer | undefined;
  #fd: number | undefined;
  #bytes = 0;
  /** Packets of the newer half, and of the older one; `undefined`: there is none. */
  #packets = 0;
  #older: number | undefined;
  #dropped = 0;

  /** @param most bytes of both halves */
  constructor(path: string, most: number) {
    [this.#path, this.#half] = [path, Math.floor(most / 2)];
    for (const old of [path, olderOf(path)]) rmSync(old, { force: true });
  }

  /** Packets that were dropped for newer ones. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Once, before all packets. Throws, as `add` does, where it cannot be written: then
   * what was written before is whole, and `end` is all that may follow.
   */
  begin(bytes: Buffer): void {
    this.#begin = bytes;
    this.#fd = openSync(this.#path, 'w', 0o644);
    [this.#bytes, this.#packets] = [0, 0];
    this.#write(bytes);
  }

  add(blocks: readonly Buffer[]): void {
    let size = 0;
    let from = 0;
    for (const [i, { length }] of blocks.entries()) {
      if (this.#bytes + size + length > this.#half && this.#packets + i - from > 0) {
        this.#put(blocks.slice(from, i));
        this.#turn();
        [size, from] = [0, i];
      }
      size += length;
    }
    this.#put(blocks.slice(from));
  }

  #put(blocks: readonly Buffer[]): void {
    if (blocks.length === 0) return;
    this.#write(Buffer.concat(blocks));
    this.#packets += blocks.length;
  }

  #turn(): void {
    this.#dropped += this.#older ?? 0;
    this.#older = this.#packets;
    this.#close();
    renameSync(this.#path, olderOf(this.#path));
    this.begin(this.#begin ?? Buffer.alloc(0));
  }

  #write(bytes: Buffer): void {
    if (this.#fd === undefined) return;
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(this.#fd, bytes, at);
      this.#bytes += bytes.length;
    } catch (error) {
      this.#leaveWhole(this.#fd);
      throw error;
    }
  }

  /** No half of a packet: it would be taken for a file that is damaged. */
  #leaveWhole(fd: number): void {
    try {
      ftruncateSync(fd, this.#bytes);
    } catch {
      // The disk's own failure is the one that counts.
    }
    this.#close();
  }

  #close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  /** Makes one file of the halves; throws where that cannot be: there are two, then. */
  end(): void {
    this.#close();
    if (this.#older === undefined) return;
    const older = olderOf(this.#path);
    const before = statSync(older).size;
    try {
      appendFileSync(older, readFileSync(this.#path).subarray(this.#begin?.length));
    } catch (error) {
      truncateSync(older, before);
      throw error;
    }
    renameSync(older, this.#path);
  }
}
