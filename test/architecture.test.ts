/** The arrows between the rooms run one way: what each may import, in one table. */
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const root = join(import.meta.dirname, '..');

/** What a room may import besides itself, config/ and packages. Types may come from anywhere: they are gone when it runs. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  graph: ['report'],
  host: ['report'],
  kernel: ['graph', 'host', 'report'],
  machine: ['graph', 'host', 'report', 'guest'],
  guest: ['host', 'report'],
  network: ['graph', 'host', 'report'],
  python: ['host', 'report'],
  targets: ['graph', 'host', 'report', 'kernel', 'machine', 'guest', 'network', 'python'],
  doctor: ['graph', 'host', 'report', 'kernel', 'machine', 'network', 'targets'],
  report: [],
  text: [],
  progress: ['graph', 'host', 'report'],
  watch: ['graph', 'host', 'report', 'kernel', 'machine', 'network', 'targets', 'cli', 'progress'],
  bench: ['graph', 'host', 'report', 'kernel', 'machine', 'network', 'targets', 'cli', 'watch'],
  cli: ['graph', 'host', 'report', 'targets', 'machine', 'progress'],
};

const files = readdirSync(join(root, 'tasks'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
const roomOf = (path: string) => (path.includes('/') ? (path.split('/')[0] ?? '') : 'commands');

/** The modules of ours that a file imports when it runs, relative to tasks/. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(root, 'tasks', file), 'utf8');
  const found = [...text.matchAll(/^(?:import|export)(?! type)[^;]*? from '(\.[^']+)'|import\('(\.[^']+)'\)/gm)];
  return found
    .filter((match) => !/^(?:import|export) \{(?:\s*type [\w ]+,?)+\s*\}/.test(match[0]))
    .map((match) => normalize(join(dirname(file), match[1] ?? match[2] ?? '')));
}

test('there are files to look at', () => {
  assert.ok(files.length > 20);
  assert.ok(importsOf('kloop.ts').includes('commands/index.ts'));
});

test('no room imports what it may not', () => {
  const wrong = files.flatMap((file) => {
    const room = roomOf(file);
    if (room === 'commands') return [];
    return importsOf(file)
      .filter((target) => !target.startsWith('../') && roomOf(target) !== room && roomOf(target) !== 'text')
      .filter((target) => !(allowed[room] ?? []).includes(roomOf(target)))
      // The two places that join all rooms: the words of failures, the table of commands.
      .filter((target) => !(file === 'report/words.ts' && target.endsWith('/reasons.ts')))
      .filter(() => file !== 'commands/index.ts')
      .map((target) => `${file} imports ${target}`);
  });
  assert.equal(wrong, []);
});

test('every room is in the table', () => {
  assert.equal([...new Set(files.map(roomOf))].filter((room) => room !== 'commands' && !(room in allowed)), []);
});

test('processes are started in host/ only', () => {
  const wrong = files.filter((file) => roomOf(file) !== 'host' && /from '(node:child_process|zx[^']*)'/.test(readFileSync(join(root, 'tasks', file), 'utf8')));
  assert.equal(wrong, []);
});

test.run();
