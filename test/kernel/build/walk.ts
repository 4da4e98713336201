/**
 * A random walk of edits over a kernel's tree, with make as the judge: after each,
 * kloop builds by the quick way where it can, and by make as well; make must find
 * nothing to compile, and come to the same (`kernel --verify`). The same state of the
 * sources gives the same kernel each time.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { Processes } from '../../../tasks/host/processes/process.ts';
import { loadIndex } from '../../../tasks/kernel/inputs/index-store.ts';
import { buildPlace } from '../../../tasks/kernel/inputs/place.ts';
import type { BuildIndex } from '../../../tasks/kernel/inputs/index-model.ts';
import { isFailure } from '../../../tasks/report/failure.ts';
import { EditedTree, randomBy } from '../../support/edits.ts';
import { kloop, startKloop, type Ended } from '../../support/kloop.ts';

/** A kind of step. */
export interface Kind {
  readonly name: string;
  /** How often it is drawn. */
  readonly weight: number;
  run(): Promise<void>;
}

interface WalkOptions {
  readonly dir: string;
  /** Default: built in its tree. */
  readonly buildDir?: string;
  readonly stateDir: string;
  readonly env: Readonly<Record<string, string>>;
  readonly seed: number;
  /** What make is asked for by hand. Default: vmlinux. */
  readonly goals?: readonly string[];
  /** What was built: files below the build directory. Default: vmlinux. */
  readonly built?: () => readonly string[];
}

export class Walk {
  readonly tree: EditedTree;
  readonly random: () => number;
  quickBuilds = 0;
  #count = 0;
  readonly #options: WalkOptions;

  constructor(options: WalkOptions) {
    this.#options = options;
    this.tree = new EditedTree(options.dir);
    this.random = randomBy(options.seed);
  }

  get count(): number {
    return this.#count;
  }

  next(): number {
    return ++this.#count;
  }

  draw<T>(list: readonly T[]): T {
    return list[Math.floor(this.random() * list.length)] as T;
  }

  /** A text that is in what was built where the edit is. */
  mark(): string {
    return `kloop walk ${this.#options.seed} ${this.next()}`;
  }

  keep(text: string): string {
    return `\nstatic const char kloop_mark_${this.count}[] __attribute__((used)) = "${text}";\n`;
  }

  build(more: Readonly<Record<string, string>> = {}): Promise<Ended> {
    return kloop(['kernel', '--no-image', '--verify'], { env: { ...this.#options.env, ...more } });
  }

  start(...more: string[]): ReturnType<typeof startKloop> {
    return startKloop(['kernel', '--no-image', ...more], { env: { ...this.#options.env } });
  }

  isGood(ended: Ended): void {
    assert.is(ended.status, 0, ended.stderr);
    if (!ended.stderr.includes('make agrees')) return;
    this.quickBuilds++;
    if (this.#options.built === undefined) assert.match(ended.stderr, /byte for byte/);
  }

  async builds(): Promise<void> {
    this.isGood(await this.build());
  }

  path(name: string): string {
    return join(this.#options.buildDir ?? this.#options.dir, name);
  }

  has(text: string): boolean {
    return this.#built().some((name) => readFileSync(this.path(name)).includes(text));
  }

  /** The index of the last build. */
  index(): BuildIndex {
    const { dir, buildDir = dir, stateDir } = this.#options;
    const tree = { source: dir, build: buildDir };
    const index = loadIndex(buildPlace(stateDir, tree).index, tree);
    if (index === undefined) throw new Error('there is no index');
    return index;
  }

  /** The tree's own files by the number of objects that they feed. */
  users(): Map<string, number> {
    const index = this.index();
    const users = new Uint32Array(index.files.length);
    for (const entry of index.entries) for (const dep of entry.deps) users[dep] = (users[dep] ?? 0) + 1;
    const { dir } = this.#options;
    return new Map(index.files.flatMap((file, i) => (file.startsWith(`${dir}/`) ? [[file.slice(dir.length + 1), users[i] ?? 0]] : [])));
  }

  /** The tree's own files that a file of the build was made from. */
  inputsOf(name: string): string[] {
    const index = this.index();
    const entry = index.entries.find(({ target }) => index.files[target] === this.path(name));
    const { dir } = this.#options;
    return [...(entry?.deps ?? [])].map((dep) => index.files[dep] ?? '').filter((file) => file.startsWith(`${dir}/`)).map((file) => file.slice(dir.length + 1)).sort();
  }

  /** make by hand, with the same environment, finds nothing to compile or to link. */
  async agreesWithMake(more: Readonly<Record<string, string>> = {}, cwd = this.#options.dir): Promise<void> {
    const { env, goals = ['vmlinux'] } = this.#options;
    const done: string[] = [];
    const ended = await new Processes().run({
      argv: ['make', '-j2', ...goals], cwd, env: { ...env, ...more, PATH: `/usr/lib/ccache:${process.env['PATH'] ?? ''}`, LC_ALL: 'C' },
      onLine: (line) => { if (/^ {2}(?:CC|AS|HOSTCC|LD|AR|BTF) /.test(line)) done.push(line); },
    });
    assert.ok(!isFailure(ended) && ended.status === 0, isFailure(ended) ? ended.detail.reason : ended.stderr);
    assert.equal(done, [], 'make still had something to do');
  }

  /**
   * Every kind once, in an order of the seed's choice, then as they are drawn. KLOOP_TEST_FROM: the first step of these,
   * where a long walk is gone in pieces; KLOOP_TEST_KIND: only those whose names have one of these words, `a|b`.
   */
  async go(all: readonly Kind[], steps: number): Promise<void> {
    const from = Number(process.env['KLOOP_TEST_FROM'] ?? 1);
    const wanted = process.env['KLOOP_TEST_KIND'];
    const kinds = all.filter(({ name }) => wanted === undefined || wanted.split('|').some((word) => name.includes(word)));
    console.log(`# KLOOP_TEST_SEED=${this.#options.seed} KLOOP_TEST_FROM=${from} KLOOP_TEST_STEPS=${steps}${wanted === undefined ? '' : ` KLOOP_TEST_KIND='${wanted}'`}`);
    const bag = kinds.flatMap((kind) => Array<Kind>(kind.weight).fill(kind));
    const plan = [...kinds].map((kind) => ({ kind, at: this.random() })).sort((a, b) => a.at - b.at).map(({ kind }) => kind);
    const seen = new Map<string, readonly string[]>();
    for (let i = from - 1; i < steps; i++) {
      const kind = plan[i] ?? this.draw(bag);
      const began = performance.now();
      try {
        await kind.run();
        const state = hash(this.tree.state());
        const now = this.#built().map((name) => `${name} ${hash(readFileSync(this.path(name)))}`);
        assert.equal(now, seen.get(state) ?? now, 'the same sources gave another kernel before');
        seen.set(state, now);
      } catch (error) {
        console.log(`# failed at step ${i + 1}, ${kind.name}; edited: ${this.tree.changed().join(', ')}`);
        throw error;
      }
      console.log(`# ${i + 1}/${steps}, ${this.quickBuilds} quick: ${kind.name}: ${((performance.now() - began) / 1000).toFixed(0)} s`);
    }
    // A few steps may all be of kinds that are make's, or be killed where make has to go on.
    const gone = steps - from + 1;
    if (gone > 8) assert.ok(this.quickBuilds >= gone / 2, `${this.quickBuilds} builds were quick`);
  }

  #built(): readonly string[] {
    return this.#options.built?.() ?? ['vmlinux'];
  }
}

function hash(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
