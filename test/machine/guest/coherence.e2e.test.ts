/** Files that the host changes while a command runs in the guest: new and whole within a second, never old and new mixed. */
import { execFileSync } from 'node:child_process';
import { closeSync, copyFileSync, ftruncateSync, mkdirSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { testIf } from '../../support/skip-unless.ts';
import { kernelIsBefore, makePlace, runVm, type Place } from '../vm.ts';

const source = fileURLToPath(new URL('coherence-probe.c', import.meta.url));

interface Case {
  /** Runs of letters, as the probe shows them; undefined: no such file. */
  readonly before: string | undefined;
  readonly after: string | undefined;
  change(path: string): void;
  /** What the host itself has on the way. */
  readonly between?: readonly string[];
}

const text = (runs: string): string => (runs[0] ?? '').repeat(Number(runs.slice(1)));

/** As `dd conv=notrunc`, and the size put right first. */
function inPlace(path: string, content: string | Buffer): void {
  const fd = openSync(path, 'r+');
  if (readFileSync(path).length > content.length) ftruncateSync(fd, content.length);
  writeSync(fd, content as string);
  closeSync(fd);
}

function replace(path: string, content: string): void {
  writeFileSync(`${path}.new`, content);
  renameSync(`${path}.new`, path);
}

const written = (before: string, after: string): Case => ({
  before, after, change: (path) => inPlace(path, text(after)),
  // Cut first; a reader that asked for the size before the change gets as much of the new; and 9p's client
  // goes on after a read that was shorter than asked for, as a program does, with what has come since.
  between: [`${before[0]}${after.slice(1)}`, `${after[0]}${before.slice(1)}`, `${before},${after[0]}${Number(after.slice(1)) - Number(before.slice(1))}`],
});
const replaced = (before: string, after: string): Case => ({ before, after, change: (path) => replace(path, text(after)) });
const deleted = (before: string): Case => ({ before, after: undefined, change: unlinkSync });

const cases: Record<string, Case> = {
  'same-size': written('a27', 'b27'),
  'longer': written('a27', 'b77'),
  'shorter': written('a77', 'b27'),
  'more-pages': written('a9000', 'b20000'),
  'fewer-pages': written('a20000', 'b9000'),
  'replaced': replaced('a9000', 'b20000'),
  'replaced-by-less': replaced('a20000', 'b27'),
  'deleted': deleted('a27'),
  'made': { before: undefined, after: 'b27', change: (path) => writeFileSync(path, text('b27')) },
  'held-same-size': written('a9000', 'b9000'),
  'held-longer': written('a27', 'b9000'),
  // By a shorter one: Linux 6.12 hangs in a read of the old one otherwise (guest/fresh.c).
  'held-replaced': replaced('a20000', 'b9000'),
  'held-deleted': deleted('a27'),
};

/** Whose first page the guest has, and which are read when the last one has changed: each is new by then. */
const partial = ['partial-1', 'partial-2', 'partial-3', 'partial-4', 'partial-5', 'partial-6'];
for (const name of partial) cases[name] = { before: 'a200000', after: 'b200000', change: (path) => inPlace(path, text('b200000')) };
cases['apart/marker'] = written('a27', 'b27');

/** Programs: what they print is the letter that they were compiled with. */
const programs: Record<string, (path: string, next: string) => void> = {
  'exec-written': (path, next) => inPlace(path, readFileSync(next)),
  'exec-replaced': (path, next) => { copyFileSync(next, `${path}.new`); renameSync(`${path}.new`, path); },
};

interface Seen {
  readonly way: string;
  readonly what: string;
  readonly ms: number;
}

let place: Place | undefined;
const all = suite('coherence');
all.before(async () => { place = await makePlace(); });
all.after(() => place?.remove());

/** Makes the files, boots once, and changes them all when the guest has looked at them. */
async function observe(dir: string, rw: boolean, by: '9p' | 'fuse'): Promise<Map<string, Seen[]>> {
  const compile = (output: string, ...flags: string[]) => execFileSync('cc', ['-O1', ...flags, '-o', join(dir, output), source]);
  compile('probe');
  for (const letter of ['a', 'b']) compile(`program-${letter}`, `-DLETTER='${letter}'`);
  const files = join(dir, 'files');
  mkdirSync(join(files, 'apart'), { recursive: true });
  for (const [name, one] of Object.entries(cases)) if (one.before !== undefined) writeFileSync(join(files, name), text(one.before));
  for (const name of Object.keys(programs)) copyFileSync(join(dir, 'program-a'), join(files, name));
  const names = [...Object.keys(cases), ...Object.keys(programs)];
  const seen = new Map<string, Seen[]>(names.map((name) => [name, []]));
  if (place === undefined) throw new Error('no place');
  const ended = await runVm(place, {
    request: { command: [join(dir, 'probe'), '3', ...names.map((name) => join(files, name))], cwd: dir, passEnv: [], files: by, rwDirs: rw ? [files] : [] },
    during: (child) => {
      if (child.stdout === null) return;
      createInterface({ input: child.stdout }).on('line', (line) => {
        if (line === 'ready') {
          for (const [name, change] of Object.entries(programs)) change(join(files, name), join(dir, 'program-b'));
          for (const [name, one] of Object.entries(cases)) one.change(join(files, name));
          return;
        }
        const [path = '', way = '', ...rest] = line.split(' ');
        seen.get(path.slice(files.length + 1))?.push({ way, what: rest.slice(0, -1).join(' '), ms: Number(rest.at(-1)) });
      });
    },
  });
  assert.is(ended.status, 0, `${ended.stderr}${ended.stdout.toString()}`);
  return seen;
}

/**
 * What is wrong in what was seen of one file, or nothing. What is mapped may
 * be old, or mixed, until the guest forgets what nothing uses: once a second.
 * What stays mapped all the time is not asked about: 9p has one set of pages
 * for a name, whatever the host puts there.
 */
function faultsOf(name: string, views: readonly Seen[]): string[] {
  const { before, after, between } = cases[name] ?? { before: 'a', after: 'b' };
  const whole = [...(partial.includes(name) ? [] : [before]), after, ...between ?? []].map((runs) => runs ?? '-');
  const ways = programs[name] !== undefined ? ['exec'] : name.startsWith('held') || partial.includes(name) ? ['read'] : ['read', 'map'];
  return ways.flatMap((way) => {
    const mine = views.filter((view) => view.way === way);
    const mixed = way === 'read' ? mine.find((view) => !whole.includes(view.what)) : undefined;
    const last = mine.at(-1)?.what ?? 'what was there before';
    return [
      ...(mixed === undefined ? [] : [`${name}: ${way} saw ${mixed.what}`]),
      ...(last === (after ?? '-') ? [] : [`${name}: ${way} saw ${last} in the end`]),
    ];
  }).concat(views.some((view) => view.way === 'stat') ? [] : [`${name}: stat saw no change`]);
}

/** From 6.14 on 9p says ENODATA where the host has cut a file: it is chosen by itself for --run-as and --systemd alone there. */
const readsBy9p = kernelIsBefore(6, 14);

for (const [name, rw, by] of [['copied on write', false, '9p'], ['below --rw-dirs', true, '9p'], ['copied on write, by fuse', false, 'fuse'], ['below --rw-dirs, by fuse', true, 'fuse']] as const) {
  testIf(by !== '9p' || readsBy9p, all)(name, async () => {
    // Not below /tmp, of which the guest has one of its own.
    const dir = mkdtempSync('/var/tmp/kloop-test-');
    try {
      const seen = await observe(dir, rw, by);
      const said = [...seen].map(([name, views]) => `${name}: ${views.map((view) => `${view.way} ${view.what} ${view.ms}`).join('; ')}`).join('\n');
      assert.equal([...seen].flatMap(([name, views]) => faultsOf(name, views)), [], said);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
}

all.run();
