/**
 * Questions that are put to the disk while kloop is being loaded. A run with
 * nothing to do asks the same 6,400 as the one before it, and spends half of
 * its time on them: the launcher has stat(1) ask on another processor. Where
 * all answers are, letter for letter, those of an earlier run, what was found
 * out then by these files still holds.
 */
import { rmSync, statSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { isFailure } from '../report/failure.ts';
import { readText, tickMs, writeWhole, type FileState } from './files.ts';

/** What the launcher has begun. */
export interface Ahead {
  /**
   * The list to ask about: a folder, and paths as seen from it, each ended by a
   * NUL; the kernel finds short paths in two thirds of the time. Beside it is
   * what is known by its answers.
   */
  readonly path: string;
  /** `undefined`: there was no list. */
  readonly asked: {
    /** The list by a path that stays the same file when another takes its place. */
    readonly list: string;
    /** A line for each path: its time in seconds, with nine decimals, and its size in bytes. `undefined` where one is gone. */
    readonly answers: Promise<string | undefined>;
  } | undefined;
}

/** With fewer files a second process costs more than it saves: 3 ms, and a question 5 µs. */
const worthIt = 1000;

/** What is known by the answers, as it is kept: a line of JSON, and the answers. */
interface Known {
  readonly list: string;
  readonly facts: Readonly<Record<string, string>>;
}

export class AskedAhead {
  readonly #ahead: Ahead;
  #answers: string | undefined;
  #states: ReadonlyMap<string, FileState> | undefined;
  #come: Promise<void> | undefined;
  /** What an earlier run found out, where it holds. */
  #facts: Readonly<Record<string, string>> | undefined;
  /** A fact was not known: the answers have to be read. */
  #finding = false;
  readonly #found = new Map<string, string>();
  readonly #by = new Set<string>();
  #folder = '/';

  constructor(ahead: Ahead) {
    this.#ahead = ahead;
  }

  /** What was found out about a subject by files that are as they were then. Waits for the answers. */
  async fact(subject: string): Promise<string | undefined> {
    await (this.#come ??= this.#await());
    const fact = this.#facts?.[subject];
    if (fact === undefined) this.#finding = true;
    return fact;
  }

  /** The state of a file by the answers, where something is to be found out by them: what is kept with them must come from them. */
  state(path: string): FileState | undefined {
    return this.#finding ? this.#statesNow().get(path) : undefined;
  }

  /**
   * Keeps for the next run what has been found out by these files, and by
   * nothing else: a fact has to be true for as long as they are as they are.
   *
   * @param folder most of them are below it
   */
  found(subject: string, value: string, paths: Iterable<string>, folder: string): void {
    this.#found.set(subject, value);
    for (const path of paths) this.#by.add(path);
    this.#folder = folder;
  }

  /** Writes what the next run can use. What cannot be written makes it no worse than this one. */
  save(): void {
    if (this.#found.size === 0 || this.#by.size < worthIt) return;
    const states = this.#statesNow();
    if (![...this.#by].every((path) => states.has(path))) return this.#saveList();
    // What changes in the tick in which it was looked at may keep its time.
    const newest = [...states.values()].reduce((max, { mtimeMs }) => Math.max(max, mtimeMs), 0);
    if (newest > performance.timeOrigin - tickMs) return;
    const known: Known = { list: idOf(this.#ahead.asked?.list ?? ''), facts: { ...this.#facts, ...Object.fromEntries(this.#found) } };
    writeWhole(`${this.#ahead.path}-known`, `${JSON.stringify(known)}\n${this.#answers ?? ''}`);
  }

  #saveList(): void {
    // The old ones as well: `vm` and `kernel` do not ask the same.
    const old = [...this.#statesNow().keys()];
    const paths = new Set([...this.#by, ...old.length < 2 * this.#by.size ? old : []]);
    rmSync(`${this.#ahead.path}-known`, { force: true });
    writeWhole(this.#ahead.path, listText(this.#folder, paths));
  }

  async #await(): Promise<void> {
    const { path, asked } = this.#ahead;
    this.#answers = await asked?.answers;
    if (asked === undefined || this.#answers === undefined) return;
    const text = textOf(`${path}-known`);
    const end = text.indexOf('\n');
    if (text.length - end - 1 !== this.#answers.length || !text.endsWith(this.#answers)) return;
    try {
      const known = JSON.parse(text.slice(0, end)) as Known;
      if (known.list === idOf(asked.list)) this.#facts = known.facts;
    } catch {
      // spoilt: nothing is known
    }
  }

  #statesNow(): ReadonlyMap<string, FileState> {
    const { asked } = this.#ahead;
    return this.#states ??= asked === undefined || this.#answers === undefined ? new Map() : statesIn(textOf(asked.list), this.#answers);
  }
}

/** A list of what to ask about. Pure. */
export function listText(folder: string, paths: Iterable<string>): string {
  const seen = [...paths].map((path) => (path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path));
  return [folder, ...seen].map((path) => `${path}\0`).join('');
}

/** The states that the answers tell of; none where they are not as many as the paths. Pure. */
export function statesIn(list: string, answers: string): Map<string, FileState> {
  const [folder = '', ...rest] = list.split('\0');
  const paths = [folder, ...rest.map((path) => (path.startsWith('/') ? path : `${folder}/${path}`))];
  const lines = answers.split('\n');
  const states = new Map<string, FileState>();
  if (paths.length !== lines.length) return states;
  for (let i = 0; i < paths.length - 1; i++) {
    const [, seconds, nanoseconds, size] = /^(\d+)\.(\d{9}) (\d+)$/.exec(lines[i] ?? '') ?? [];
    // Made as Node makes its milliseconds: the same number, to the last bit.
    if (size !== undefined) states.set(paths[i] ?? '', { mtimeMs: Number(seconds) * 1000 + Number(nanoseconds) / 1e6, size: Number(size) });
  }
  return states;
}

/** Tells a list from the one that took its place. */
function idOf(list: string): string {
  const { ino, mtimeMs, size } = statSync(list);
  return `${ino} ${mtimeMs} ${size}`;
}

function textOf(path: string): string {
  const text = readText(path);
  return isFailure(text) || text === undefined ? '' : text;
}
