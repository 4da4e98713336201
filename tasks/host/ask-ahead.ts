/**
 * Questions that are put to the disk while kloop is being loaded. A run with
 * nothing to do asks the same 6,400 as the one before it, and spends half of
 * its time on them: the launcher has stat(1) ask on another processor. Where
 * all answers are, letter for letter, those of an earlier run, what was found
 * out then by these files still holds.
 */
import { rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { performance } from 'node:perf_hooks';
import { isFailure } from '../report/failure.ts';
import { readText, stateOf, tickMs, writeWhole, type FileState } from './files.ts';

/** What the launcher has begun. */
export interface Ahead {
  /**
   * The list to ask about: a folder, and paths as seen from it, each ended by a
   * NUL; the kernel finds short paths in two thirds of the time. Beside it is
   * what is known by its answers.
   */
  readonly path: string;
  /** Which kloop this is: another may judge otherwise. */
  readonly kloop: string;
  /** `undefined`: nothing was asked. */
  readonly asked: {
    /** The list by a path that stays the same file when another takes its place. */
    readonly list: string;
    /** A line for each path: its time in seconds, with nine decimals, and its size in bytes. `undefined` where one is gone, or nothing could be asked. */
    readonly answers: Promise<string | undefined>;
  } | undefined;
}

/** With fewer files a second process costs more than it saves: 3 ms, and a question 5 µs. */
const worthIt = 1000;

/** What is known by the answers, as it is kept: a line of JSON, and the answers. */
interface Known {
  readonly kloop: string;
  readonly list: string;
  readonly facts: readonly string[];
}

export class AskedAhead {
  readonly #ahead: Ahead;
  #answers: string | undefined;
  #states: ReadonlyMap<string, FileState> | undefined;
  #come: Promise<void> | undefined;
  /** What an earlier run found out, where it holds. */
  #facts: ReadonlySet<string> = new Set();
  /** A fact was not known: the answers have to be read. */
  #finding = false;
  readonly #found = new Set<string>();
  readonly #by = new Set<string>();
  #folder = '/';

  constructor(ahead: Ahead) {
    this.#ahead = ahead;
  }

  /** Whether a fact was found out by files that are as they were then. Waits for the answers. */
  async holds(fact: string): Promise<boolean> {
    await (this.#come ??= this.#await());
    const holds = this.#facts.has(fact);
    if (!holds) this.#finding = true;
    return holds;
  }

  /** The state of a file by the answers, where something is to be found out by them: what is kept with them must come from them. */
  state(path: string): FileState | undefined {
    return this.#finding ? this.#statesNow().get(path) : undefined;
  }

  /**
   * Keeps for the next run what has been found out by these files, and by
   * nothing else: a fact has to hold for as long as they are as they are, and
   * for as long as those are not there that were not.
   *
   * @param folder most of them are below it
   */
  found(fact: string, paths: Iterable<string>, folder: string): void {
    this.#found.add(fact);
    for (const path of paths) this.#by.add(this.#there(path));
    this.#folder = folder;
  }

  /** The file; or, for one that is not there, the folder whose time will tell when it comes. */
  #there(path: string): string {
    return this.#statesNow().has(path) || stateOf(path) !== undefined ? path : this.#there(dirname(path));
  }

  /** Writes what the next run can use. What cannot be written makes it no worse than this one. */
  save(): void {
    if (this.#found.size === 0) return;
    const states = this.#statesNow();
    if (Math.max(this.#by.size, states.size) < worthIt) return;
    try {
      if ([...this.#by].every((path) => states.has(path))) this.#saveFacts(states);
      else this.#saveList(states);
    } catch {
      // another user's cache, a full disk
    }
  }

  #saveFacts(states: ReadonlyMap<string, FileState>): void {
    // What changes in the tick in which it was looked at may keep its time.
    const newest = [...states.values()].reduce((max, { mtimeMs }) => Math.max(max, mtimeMs), 0);
    if (newest > performance.timeOrigin - tickMs) return;
    const known: Known = { kloop: this.#ahead.kloop, list: idOf(this.#ahead.asked?.list ?? ''), facts: [...this.#facts, ...this.#found] };
    writeWhole(`${this.#ahead.path}-known`, `${JSON.stringify(known)}\n${this.#answers ?? ''}`);
  }

  #saveList(states: ReadonlyMap<string, FileState>): void {
    // The old ones of the same tree as well: `vm` and `kernel` do not ask the same.
    const [folder] = states.keys();
    const old = folder === this.#folder && states.size < 2 * this.#by.size ? states.keys() : [];
    rmSync(`${this.#ahead.path}-known`, { force: true });
    writeWhole(this.#ahead.path, listText(this.#folder, new Set([...this.#by, ...old])));
  }

  async #await(): Promise<void> {
    const { path, kloop, asked } = this.#ahead;
    this.#answers = await asked?.answers;
    if (asked === undefined || this.#answers === undefined) return;
    const text = textOf(`${path}-known`);
    const end = text.indexOf('\n');
    if (text.length - end - 1 !== this.#answers.length || !text.endsWith(this.#answers)) return;
    try {
      const known = JSON.parse(text.slice(0, end)) as Known;
      if (known.kloop === kloop && known.list === idOf(asked.list)) this.#facts = new Set(known.facts);
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
  const seen = [...paths].filter((path) => path !== folder).map((path) => (path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path));
  return [folder, ...seen].map((path) => `${path}\0`).join('');
}

/** The states that the answers tell of, the list's folder first; none where they are not as many as the paths. Pure. */
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
