/** Edits to a kernel tree as a person makes them, drawn by a seed, so that a walk can be gone again. */
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A small generator of pseudo-random numbers (mulberry32). */
export function randomBy(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

interface Original {
  readonly text: string;
  readonly atime: Date;
  readonly mtime: Date;
}

/** The files that were edited, and how they were before. */
export class EditedTree {
  readonly dir: string;
  readonly #originals = new Map<string, Original>();
  readonly #created = new Set<string>();
  /** Copies of edited files as they were before, and by '+' the names of those that were not there, beside the tests' trees: what a test that was killed could not put back. */
  readonly #kept: string;

  /** Puts back first what an earlier test left edited: in this very tree, for another release's may stand beside it. */
  constructor(dir: string) {
    this.dir = dir;
    const kept = this.#kept = join(process.env['KLOOP_TEST_CACHE'] ?? tmpdir(), `edited-${createHash('sha256').update(dir).digest('hex').slice(0, 12)}`);
    if (!existsSync(kept)) return;
    // A file that was made may have been edited since: its '+' comes last.
    for (const name of readdirSync(kept).sort().reverse()) {
      const file = decodeURIComponent(name.replace(/^\+/, ''));
      if (name.startsWith('+')) rmSync(join(dir, file), { force: true });
      else if (existsSync(dirname(join(dir, file)))) {
        writeFileSync(join(dir, file), readFileSync(join(kept, name)));
        const { atime, mtime } = statSync(join(kept, name));
        utimesSync(join(dir, file), atime, mtime);
      }
    }
    rmSync(kept, { recursive: true });
  }

  read(file: string): string {
    const path = join(this.dir, file);
    if (!this.#originals.has(file)) {
      const { atime, mtime } = statSync(path);
      mkdirSync(this.#kept, { recursive: true });
      cpSync(path, join(this.#kept, encodeURIComponent(file)), { preserveTimestamps: true });
      this.#originals.set(file, { text: readFileSync(path, 'utf8'), atime, mtime });
    }
    return readFileSync(path, 'utf8');
  }

  original(file: string): string {
    this.read(file);
    return this.#originals.get(file)?.text ?? '';
  }

  write(file: string, text: string): void {
    this.read(file);
    writeFileSync(join(this.dir, file), text);
  }

  append(file: string, text: string): void {
    this.write(file, `${this.read(file)}${text}`);
  }

  touch(file: string, time = new Date()): void {
    this.read(file);
    utimesSync(join(this.dir, file), time, time);
  }

  /** A file that was not there. */
  create(file: string, text: string): void {
    this.#created.add(file);
    mkdirSync(this.#kept, { recursive: true });
    writeFileSync(join(this.#kept, `+${encodeURIComponent(file)}`), '');
    writeFileSync(join(this.dir, file), text);
  }

  remove(file: string): void {
    this.read(file);
    rmSync(join(this.dir, file));
  }

  /** Puts a file back as it was, its time included: what `cp -p` and `mv` of a backup do. */
  undo(file: string): void {
    const original = this.#originals.get(file);
    if (original === undefined) return;
    writeFileSync(join(this.dir, file), original.text);
    utimesSync(join(this.dir, file), original.atime, original.mtime);
  }

  /** The files that differ from what they were. */
  changed(): string[] {
    return [...this.#originals.keys()].filter((file) => !existsSync(join(this.dir, file)) || readFileSync(join(this.dir, file), 'utf8') !== this.#originals.get(file)?.text).sort();
  }

  /** What the edits come to: the same text for the same state of the tree. */
  state(): string {
    return this.changed().map((file) => `${file}\0${this.read(file)}`).join('\0\0');
  }

  undoAll(): void {
    for (const file of this.#originals.keys()) this.undo(file);
    for (const file of this.#created) rmSync(join(this.dir, file), { force: true });
    rmSync(this.#kept, { recursive: true, force: true });
  }
}
