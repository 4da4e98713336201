/** The arrows between the rooms run one way: what each may import, types counted, in one table. docs/architecture.md explains it. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const root = join(import.meta.dirname, '..');

/** What every room may import besides itself and packages: the ground. It is in order: each may import those before it. */
const ground = ['text', 'config', 'report', 'host', 'host/processes'];

/** What a room may import besides the ground. One that stands in another imports its reasons and words from there. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  graph: [],
  progress: ['graph'],
  cli: [],
  console: [],

  kernel: [],
  'kernel/source': ['kernel', 'graph'],
  'kernel/inputs': ['kernel', 'graph'],
  'kernel/make': ['kernel', 'kernel/source', 'kernel/inputs', 'graph'],
  'kernel/config': ['kernel', 'kernel/source', 'kernel/make'],
  'kernel/quick': ['kernel', 'kernel/inputs', 'kernel/make'],
  'kernel/build': ['kernel/source', 'kernel', 'kernel/inputs', 'kernel/make', 'kernel/modules', 'kernel/quick', 'graph'],
  'kernel/modules': ['kernel', 'kernel/source', 'kernel/inputs', 'kernel/make', 'graph'],
  'kernel/clean': ['kernel', 'kernel/source', 'kernel/config', 'kernel/inputs'],

  machine: ['console'],
  'machine/guest': ['machine'],
  'machine/qemu': ['machine', 'machine/guest'],
  'machine/capture': ['machine', 'machine/qemu'],
  'machine/modules': ['machine', 'machine/qemu'],
  vms: [],
  'machine/reach': ['machine', 'machine/guest', 'machine/qemu', 'vms'],
  'machine/run': ['machine', 'machine/capture', 'console', 'machine/guest', 'machine/qemu', 'machine/modules', 'machine/reach'],

  decode: ['console', 'kernel/*'],

  paths: ['machine'],
  'paths/show': ['paths'],
  'paths/plot': ['paths'],
  'paths/lab': ['paths', 'paths/plot', 'paths/show', 'vms', 'machine', 'machine/guest', 'machine/reach', 'machine/run'],

  network: [],
  'network/host': ['network'],
  'network/bridge': ['network', 'network/host'],
  'network/nics': ['network', 'network/host', 'network/bridge', 'machine', 'paths'],

  checks: ['console'],
  'checks/find': ['checks'],
  'checks/run': ['checks', 'console', 'progress', 'machine', 'machine/guest', 'machine/run'],
  'checks/report': ['checks', 'checks/run'],

  'targets/packages': ['graph'],
  'targets/python': ['graph'],
  'targets/vido': ['graph', 'targets/python', 'machine', 'machine/guest', 'machine/qemu'],
  'targets/selftests': ['graph', 'checks', 'kernel/*'],
  targets: ['graph', 'kernel/*', 'machine', 'machine/guest', 'network/*', 'targets/*'],

  'evidence/gather': ['decode', 'kernel/*', 'machine', 'machine/capture', 'machine/qemu', 'machine/run'],
  evidence: ['evidence/gather', 'console', 'decode', 'checks', 'checks/run', 'machine'],

  'watch/files': ['kernel/*'],
  'watch/shadow': [],
  'watch/terminal': ['progress', 'machine/guest'],
  watch: ['watch/files', 'watch/shadow', 'watch/terminal', 'checks', 'checks/run', 'console', 'decode', 'evidence/*', 'graph', 'progress', 'kernel/*', 'machine/*', 'network/nics'],
  doctor: ['graph', 'kernel/source', 'machine/qemu', 'network/host', 'network/bridge', 'targets/python', 'targets/vido'],

  mcp: [],

  'commands/shared': ['console', 'cli', 'graph', 'progress', 'kernel/config', 'kernel/source', 'machine', 'machine/modules', 'network/nics', 'paths', 'paths/lab', 'targets'],
  'commands/check': ['commands/shared', 'cli', 'checks/*', 'kernel/config', 'kernel/source', 'network/nics', 'targets', 'targets/selftests'],
  'commands/watch': ['commands/shared', 'cli', 'kernel/*', 'machine', 'paths/lab', 'watch/files', 'watch/shadow'],
  'commands/path': ['commands/shared', 'cli', 'paths', 'paths/lab', 'paths/show', 'vms'],
  'commands/vm': ['commands/shared', 'cli', 'progress', 'console', 'decode', 'evidence/*', 'checks', 'kernel/config', 'machine/*', 'network/nics', 'paths/lab', 'paths/show', 'targets'],
  bench: ['commands/shared', 'kernel/*'],
  history: ['console', 'kernel', 'kernel/make', 'machine'],
  'history/run': ['history', 'cli', 'commands/shared', 'console', 'decode', 'evidence/*', 'kernel/*', 'machine/*', 'network/nics', 'progress', 'targets', 'targets/selftests'],
  'commands/history': ['history/*', 'cli', 'commands/shared'],
  'commands/reach': ['commands/shared', 'cli', 'progress', 'evidence', 'kernel/*', 'machine', 'machine/guest', 'machine/reach', 'machine/run', 'vms'],
  commands: ['commands/shared', 'commands/check', 'commands/vm', 'commands/watch', 'commands/path', 'commands/history', 'commands/reach', 'console', 'decode', 'evidence/*', 'cli', 'graph', 'progress', 'kernel/*', 'machine/*', 'network/*', 'targets/*', 'checks/*', 'paths', 'paths/lab', 'vms', 'watch', 'doctor', 'bench', 'mcp'],
  kloop: ['commands', 'commands/shared', 'cli'],
};

/** `kernel/*`: the room and those in it. */
const covers = (entry: string, room: string) => entry === room || (entry.endsWith('/*') && (`${room}/`).startsWith(entry.slice(0, -1)));

/** Paths from the top, without `tasks/`. */
const files = [
  ...readdirSync(join(root, 'tasks'), { recursive: true, encoding: 'utf8' }),
  ...readdirSync(join(root, 'config'), { recursive: true, encoding: 'utf8' }).map((name) => `config/${name}`),
].filter((name) => name.endsWith('.ts'));
const onDisk = (file: string) => join(root, file.startsWith('config/') ? file : `tasks/${file}`);
const roomOf = (file: string) => (dirname(file) === '.' ? 'kloop' : dirname(file));

/** The modules of ours that a file names, types included. */
function importsOf(file: string): string[] {
  const found = readFileSync(onDisk(file), 'utf8').matchAll(/\bfrom '(\.[^']+)'|\bimport\('(\.[^']+)'\)/g);
  const directory = file.startsWith('config/') ? '../config' : dirname(file);
  return [...found].map((match) => normalize(join(directory, match[1] ?? match[2] ?? '')).replace(/^(?:\.\.\/)+(?:tasks\/)?/, ''));
}

/** Those that can reach themselves. */
function inCircles(arrows: ReadonlyMap<string, readonly string[]>): string[] {
  return [...arrows.keys()].filter((start) => {
    const reached = new Set<string>();
    const open = [...(arrows.get(start) ?? [])];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (reached.has(next)) continue;
      reached.add(next);
      open.push(...(arrows.get(next) ?? []));
    }
    return reached.has(start);
  });
}

const arrows = new Map(files.map((file) => [file, importsOf(file)]));

test('imports are found, types among them', () => {
  assert.ok(files.length > 200);
  assert.ok(arrows.get('kloop.ts')?.includes('commands/index.ts'));
  assert.ok(arrows.get('graph/plan.ts')?.includes('graph/target.ts'));
  assert.ok(arrows.get('commands/index.ts')?.includes('commands/vm.ts'));
  assert.ok(arrows.get('config/settings.ts')?.includes('text/values.ts'));
  assert.equal([...arrows.values()].flat().filter((file) => !existsSync(onDisk(file))), []);
});

test('no room imports what it may not', () => {
  const wrong = files.flatMap((file) => {
    const room = roomOf(file);
    const below = ground.includes(room) ? ground.slice(0, ground.indexOf(room)) : [...ground, ...allowed[room] ?? []];
    return (arrows.get(file) ?? [])
      .filter((target) => roomOf(target) !== room && !below.some((entry) => covers(entry, roomOf(target))))
      .map((target) => `${file} imports ${target}`);
  });
  assert.equal(wrong, []);
});

test('the table names every room, and none besides', () => {
  assert.equal([...new Set(files.map(roomOf))].sort(), [...ground, ...Object.keys(allowed)].sort());
});

test('no circle: of files, of rooms', () => {
  assert.equal(inCircles(arrows), []);
  const rooms = new Map([...new Set(files.map(roomOf))].map((room) =>
    [room, files.filter((file) => roomOf(file) === room).flatMap((file) => arrows.get(file) ?? []).map(roomOf).filter((other) => other !== room)]));
  assert.equal(inCircles(rooms), []);
});

test("no circle among the guest's C files: who calls, or reads a variable of, whom", () => {
  const dir = join(root, 'tasks/guest');
  const texts = new Map(readdirSync(dir, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.c')).map((name) => [name, readFileSync(join(dir, name), 'utf8')]));
  const definedIn = new Map([...texts].flatMap(([name, text]) =>
    [...text.matchAll(/^(?!static|typedef)[a-zA-Z_][\w *]*?\b(\w+)\([^;{]*\)\n\{|^(?!static|return)[a-z]\w* \(?\*?(\w+)\)?(?:\(void\))?;$/gm)].map((match) => [match[1] ?? match[2] ?? '', name] as const)));
  assert.is(definedIn.get('trouble'), 'end.c');
  assert.is(definedIn.get('before_power_off'), 'end.c');
  assert.equal(inCircles(new Map([...texts].map(([name, text]) =>
    [name, [...definedIn].filter(([word, by]) => by !== name && new RegExp(`\\b${word}\\b`).test(text)).map(([, by]) => by)]))), []);
});

test('a circle would be found', () => {
  assert.equal(inCircles(new Map([['a', ['b']], ['b', ['c']], ['c', ['b']]])), ['b', 'c']);
});

test('no directory has more than 20 files', () => {
  const directories = ['tasks', 'config', 'test'].flatMap((top) => readdirSync(join(root, top), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile()).map((entry) => entry.parentPath);
  assert.ok(directories.length > 400);
  assert.equal([...new Set(directories)].filter((directory) => directories.filter((other) => other === directory).length > 20), []);
});

/** A pure file says so in its first comment. */
const isPure = (file: string) => /\bPure\b/.test(/\/\*\*[^]*?\*\//.exec(readFileSync(onDisk(file), 'utf8'))?.[0] ?? '');

test('each pure file has a test file of its own, at the same path below test/', () => {
  const pure = files.filter(isPure);
  assert.ok(pure.length > 60);
  const untested = pure.filter((file) => !['.test.ts', '.e2e.test.ts', '.long.test.ts'].some((end) => existsSync(join(root, 'test', file.replace(/\.ts$/, end)))));
  assert.equal(untested, []);
});

test('processes are started in host/ only', () => {
  const wrong = files.filter((file) => !roomOf(file).startsWith('host') && /from '(node:child_process|zx[^']*)'/.test(readFileSync(onDisk(file), 'utf8')));
  assert.equal(wrong, []);
});

test.run();
