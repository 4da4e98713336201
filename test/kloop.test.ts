/** kloop as its users start it: the launcher, exit statuses, and what goes to which stream. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { wholeTree, write } from './support/little-kernel.ts';

/** `plain`: a directory that Kbuild would take. */
const test = suite<{ dir: string; plain: string }>('kloop');
test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), 'kloop test ä-'));
  context.plain = mkdtempSync(join(tmpdir(), 'kloop-tree-'));
});
test.after.each(({ dir, plain }) => { for (const path of [dir, plain]) rmSync(path, { recursive: true }); });

const root = join(import.meta.dirname, '..');
const kloop = (dir: string, args: string[], env: Record<string, string> = {}) => {
  const ended = spawnSync(process.execPath, [join(root, 'tasks/launch.cjs'), ...args], {
    encoding: 'utf8',
    cwd: dir,
    env: { ...process.env, KLOOP_ENV_FILE: '', STATE_DIR: join(dir, 'state'), REPOS_DIR: join(dir, 'repos'), ...env },
  });
  return { status: ended.status, stdout: ended.stdout, stderr: ended.stderr };
};

test('an unknown command is told with the nearest one, and is kloop\'s own failure', ({ dir }) => {
  const ended = kloop(dir, ['plam']);
  assert.is(ended.status, 125);
  assert.is(ended.stdout, '');
  assert.match(ended.stderr, /no command 'plam'. Did you mean plan\?/);
});

test('all bad settings are told at once, each with its place', ({ dir }) => {
  const file = join(dir, 'my.env');
  writeFileSync(file, 'VM_MEMROY=1G\nJOBS=many\n');
  const ended = kloop(dir, ['plan'], { KLOOP_ENV_FILE: file, VM_MEMORY: '12parsecs' });
  assert.is(ended.status, 125);
  assert.match(ended.stderr, /3 settings are wrong/);
  assert.match(ended.stderr, /my\.env: VM_MEMROY: unknown setting. Did you mean VM_MEMORY\?/);
  assert.match(ended.stderr, /my\.env: JOBS=many/);
  assert.match(ended.stderr, /the environment: VM_MEMORY=12parsecs: expected a size/);
});

test('a bad value is told by the option that gave it', ({ dir }) => {
  const ended = kloop(dir, ['vm', '--mem', '12parsecs']);
  assert.is(ended.status, 125);
  assert.match(ended.stderr, /the command line: --mem=12parsecs: expected a size/);
});

test('output that cannot be written is a failure in words', ({ dir }) => {
  const ended = spawnSync('sh', ['-c', '"$0" "$1" --help >/dev/full', process.execPath, join(root, 'tasks/launch.cjs')], { encoding: 'utf8', cwd: dir });
  assert.is(ended.status, 125);
  assert.match(ended.stderr, /^kloop: writing the output failed: stdout: ENOSPC[^\n]*\n$/);
});

const printing = ['--help', '--version', 'vm --help', 'plan source --json', 'doctor --json', 'bridge status --json', 'completion bash'];

/** kloop as it is found on PATH, with streams as a shell is told to open them. */
const redirected = (dir: string, args: string, streams: string) => spawnSync('sh', ['-c', `exec "$0" ${args} ${streams}`, join(root, 'tasks/launch.cjs')], {
  encoding: 'utf8', cwd: dir,
  env: { ...process.env, KLOOP_ENV_FILE: '', STATE_DIR: join(dir, 'state'), REPOS_DIR: join(dir, 'repos') },
});

for (const args of printing) {
  test(`${args}: output into a closed stdout is lost, and that is a failure`, ({ dir }) => {
    const ended = redirected(dir, args, '>&-');
    assert.is(ended.status, 125);
    assert.match(ended.stderr, /^kloop: writing the output failed: stdout: it is closed\n$/);
    // Nobody needs the other two.
    const printed = redirected(dir, args, '<&- 2>&-');
    assert.ok(printed.status === 0 || printed.status === 1 && args.startsWith('doctor'));
    assert.ok(printed.stdout.length > 0);
    assert.equal(readdirSync(dir).filter((name) => name !== 'state' && name !== 'repos'), []);
  });
}

test('whichever streams are closed, the status is that of the output', ({ dir }) => {
  for (const streams of ['<&- >&-', '>&- 2>&-', '<&- >&- 2>&-']) assert.is(redirected(dir, '--version', streams).status, 125, streams);
  for (const streams of ['2>&-', '<&-', '2>/dev/full', '>/dev/null']) assert.is(redirected(dir, '--version', streams).status, 0, streams);
});

test('where nothing is printed a closed stdout is no matter', ({ dir }) => {
  // It has nothing to print: what it says goes to stderr.
  const ended = redirected(dir, 'clean source', '>&-');
  assert.is(ended.status, 0);
  assert.not.match(ended.stderr, 'stdout');
});

test('a state directory that cannot be made is a failure in words, and no endless try', ({ dir }) => {
  const ended = kloop(dir, ['source'], { STATE_DIR: '/proc/x/state', KERNEL_SOURCES: 'dir:/tmp' });
  assert.is(ended.status, 125);
  assert.match(ended.stderr, /kloop: [^\n]*\/proc\/x\/state\/[^\n]*: no such file or directory\n/);
});

test('an error that nobody foresaw is told in words, as our own failure', ({ dir }) => {
  writeFileSync(join(dir, 'file'), '');
  // The state directory's parent is a file: looking for what is in it is an error, ENOTDIR.
  const ended = kloop(dir, ['plan', 'guest'], { STATE_DIR: join(dir, 'file', 'state') });
  assert.is(ended.status, 125);
  assert.match(ended.stderr, /kloop: stat failed: [^\n]*: not a directory\n/);
  assert.not.match(ended.stderr, /at .*\.[cm]js/);
});

test('a working directory that was removed is told in words', ({ dir }) => {
  const ended = spawnSync('sh', ['-c', 'mkdir gone && cd gone && rmdir ../gone && "$0" "$1" plan', process.execPath, join(root, 'tasks/launch.cjs')], { encoding: 'utf8', cwd: dir });
  assert.is(ended.status, 125);
  assert.match(ended.stderr, /kloop: looking where you are failed: \S.*gone: no such file or directory\n$/);
});

test('--version and --help go to stdout', ({ dir }) => {
  assert.match(kloop(dir, ['--version']).stdout, /^kloop \d+\.\d+\.\d+\n$/);
  const help = kloop(dir, ['plan', '--help']);
  assert.is(help.status, 0);
  assert.match(help.stdout, /Examples:/);
});

test('a plan writes nothing', ({ dir }) => {
  const ended = kloop(dir, ['plan', 'source', '--json']);
  assert.is(ended.status, 0);
  const rows = JSON.parse(ended.stdout) as { target: string; freshness: string }[];
  assert.is(rows.at(-1)?.target, 'source');
  assert.is(rows.at(-1)?.freshness, 'stale');
  assert.is(spawnSync('ls', ['-A', dir], { encoding: 'utf8' }).stdout, '');
});

test("in a kernel tree, that tree is the source, by npm from elsewhere as well; at kloop's own directory it is KERNEL_SOURCES", ({ dir, plain }) => {
  const tree = wholeTree(join(plain, 'linux'));
  const planned = (cwd: string, command: string, ...args: string[]) => {
    const ended = spawnSync(command, args, { encoding: 'utf8', cwd, env: { ...process.env, KLOOP_ENV_FILE: '', HOME: dir } });
    return `${ended.stdout}${ended.stderr}`;
  };
  const note = `Linux 6.1.0 in ${realpathSync(tree)} (you are in it)`;
  assert.match(planned(join(tree, 'net'), process.execPath, join(root, 'tasks/launch.cjs'), 'plan', 'source'), note);
  assert.match(planned(join(tree, 'net'), 'npm', '--prefix', root, 'run', '--silent', 'plan', '--', 'source'), note);
  assert.not.match(planned(root, 'npm', 'run', '--silent', 'plan', '--', 'source', '--json'), 'you are in it');
  assert.match(planned(root, process.execPath, join(root, 'tasks/launch.cjs'), 'plan', 'source', '--tree', tree), `Linux 6.1.0 in ${realpathSync(tree)} (by --tree)`);
  assert.equal(readdirSync(tree).filter((name) => name.startsWith('.k')), [], 'a plan writes nothing');
});

test('a variant: plan names it and its directory; one that does not exist is told with those that do; several run a command', ({ plain, dir }) => {
  const tree = wholeTree(join(plain, 'linux'));
  const planned = kloop(tree, ['plan', 'source', '--variant', 'tiny'], { STATE_DIR: '.kloop' });
  assert.is(planned.status, 0, planned.stderr);
  assert.match(planned.stdout, `(you are in it); built in ${realpathSync(tree)}/.kloop/variants/tiny/build (variant tiny, by config/variants/tiny.env)`);
  write(join(tree, '.config'), 'CONFIG_X86=y\n');
  const refused = kloop(tree, ['plan', '--variant', 'tiny'], { STATE_DIR: '.kloop' });
  assert.is(refused.status, 125);
  assert.match(refused.stderr, /the variant tiny cannot be built in .* was built in place \(\.config\).*\n(?:.*\n)* {2}Next: mkdir -p .*\n {8}make -C .* mrproper/);
  const unknown = kloop(tree, ['clean', '--variant', 'debgu']);
  assert.is(unknown.status, 125);
  assert.match(unknown.stderr, /there is no variant 'debgu'. Did you mean debug\?\n {2}Variants: btf, clang, debug, tiny\n/);
  assert.match(kloop(tree, ['clean', 'source', '--variant', 'debug']).stderr, 'the source is that of all variants');
  assert.match(kloop(tree, ['clean', '--variant', 'debug']).stderr, 'variant debug: nothing to remove');
  assert.match(kloop(tree, ['vm', '--variant', 'debug', '--variant', 'btf']).stderr, 'several variants run a command');
  assert.match(kloop(tree, ['vm', '--variant', 'debug', '--variant', 'btf', '--gdb', '--', 'true']).stderr, '--gdb is for one VM');
  assert.match(kloop(dir, ['packages', '--variant', 'debug']).stderr, "unknown option '--variant'");
});

test("a tree's settings are told by their file; what --tree names is refused where it is no tree", ({ dir }) => {
  const tree = wholeTree(join(dir, 'linux'));
  write(join(tree, '.kloop/env'), 'VM_MEMROY=1G\n');
  const ended = kloop(tree, ['plan']);
  assert.is(ended.status, 125);
  assert.match(ended.stderr, `${realpathSync(tree)}/.kloop/env: VM_MEMROY: unknown setting. Did you mean VM_MEMORY?`);
  assert.match(kloop(dir, ['vm', '--tree', 'nowhere']).stderr, /nowhere isn't a kernel tree: there is no such directory/);
  assert.match(kloop(dir, ['plan', '--tree', dir]).stderr, /isn't a kernel tree: it has no Makefile/);
  rmSync(join(tree, 'init'), { recursive: true });
  rmSync(join(tree, '.kloop'), { recursive: true });
  const half = kloop(join(tree, 'net'), ['kernel']);
  assert.is(half.status, 125);
  assert.match(half.stderr, 'it is not a whole kernel tree: it has no init/main.c');
});

test('a plan that cannot be carried out is a failure, with the command that fixes it', ({ dir, plain: tree }) => {
  for (const directory of ['scripts/kconfig', 'arch/x86']) mkdirSync(join(tree, directory), { recursive: true });
  for (const file of ['Kconfig', 'Kbuild', 'arch/x86/Makefile']) writeFileSync(join(tree, file), '');
  writeFileSync(join(tree, 'Makefile'), 'VERSION = 6\nPATCHLEVEL = 1\n');
  const env = { KERNEL_SOURCES: `dir:${tree}`, KERNEL_FRAGMENTS: 'kasam' };
  kloop(dir, ['source'], env);
  const ended = kloop(dir, ['plan', 'config'], env);
  assert.is(ended.status, 125, ended.stderr);
  assert.match(ended.stdout, /^source {2}/m);
  assert.match(ended.stderr, /kasam/);
});

test("where kloop's own directory cannot be written to, the bundle goes to the user's cache; where that cannot either, nothing is left", ({ dir }) => {
  const copy = join(dir, 'kloop');
  for (const part of ['tasks', 'config', 'package.json']) cpSync(join(root, part), join(copy, part), { recursive: true });
  mkdirSync(join(copy, 'node_modules'));
  for (const name of readdirSync(join(root, 'node_modules'))) if (name !== '.cache') symlinkSync(join(root, 'node_modules', name), join(copy, 'node_modules', name));
  writeFileSync(join(copy, 'node_modules', '.cache'), 'a file: no directory can be made here');
  mkdirSync(join(dir, 'tmp'));
  const version = (cache: string) => spawnSync(process.execPath, [join(copy, 'tasks/launch.cjs'), '--version'], {
    encoding: 'utf8', env: { ...process.env, XDG_CACHE_HOME: cache, TMPDIR: join(dir, 'tmp') },
  }).stdout;
  const bundles = () => readdirSync(join(dir, 'cache', 'kloop')).flatMap((directory) => readdirSync(join(dir, 'cache', 'kloop', directory))).filter((name) => name.endsWith('.cjs'));
  assert.match(version(join(dir, 'cache')), /^kloop /);
  assert.is(bundles().length, 1);
  assert.match(version(join(dir, 'cache')), /^kloop /);
  assert.is(bundles().length, 1);
  const [directory = ''] = readdirSync(join(dir, 'cache', 'kloop'));
  writeFileSync(join(dir, 'cache', 'kloop', directory, bundles()[0] ?? ''), '');
  assert.match(version(join(dir, 'cache')), /^kloop /, 'a bundle that a crash has cut off is made anew');
  assert.match(version(join(copy, 'package.json')), /^kloop /); // a file, too
  assert.equal(readdirSync(join(dir, 'tmp')), []);
});

test("what is loaded when it is asked for is loaded in the first start, which bundles, as in the second", ({ dir }) => {
  const copy = join(dir, 'kloop');
  for (const part of ['tasks', 'config', 'package.json']) cpSync(join(root, part), join(copy, part), { recursive: true });
  mkdirSync(join(copy, 'node_modules'));
  for (const name of readdirSync(join(root, 'node_modules'))) if (name !== '.cache') symlinkSync(join(root, 'node_modules', name), join(copy, 'node_modules', name));
  writeFileSync(join(copy, 'tasks/kloop.ts'), `export async function main() { const { gunzipSync, gzipSync } = await import('node:zlib'); console.log(gunzipSync(gzipSync('packed')).toString()); return 0; }\n`);
  for (let start = 1; start <= 2; start++) {
    const ended = spawnSync(process.execPath, [join(copy, 'tasks/launch.cjs')], { encoding: 'utf8' });
    assert.equal([ended.status, ended.stdout], [0, 'packed\n'], ended.stderr);
  }
});

test('without its packages, or without the program of esbuild alone, it says what to type', ({ dir }) => {
  const copy = join(dir, 'kloop');
  for (const part of ['tasks', 'config', 'package.json']) cpSync(join(root, part), join(copy, part), { recursive: true });
  const version = () => spawnSync(process.execPath, [join(copy, 'tasks/launch.cjs'), '--version'], { encoding: 'utf8', env: { ...process.env, XDG_CACHE_HOME: join(dir, 'cache'), ESBUILD_BINARY_PATH: '' } });
  for (const packages of [[], ['esbuild']]) {
    mkdirSync(join(copy, 'node_modules'), { recursive: true });
    for (const name of packages) cpSync(join(root, 'node_modules', name), join(copy, 'node_modules', name), { recursive: true });
    // What the install script would have put there: the program itself, in the place of one that looks for it.
    rmSync(join(copy, 'node_modules/esbuild/bin'), { recursive: true, force: true });
    const ended = version();
    assert.is(ended.status, 125);
    assert.match(ended.stderr, /^kloop: its packages are not installed in .*\n {2}Run: npm ci --include=dev --include=optional\n$/);
  }
});

test('a closed pipe behind us is no crash', ({ dir }) => {
  const ended = spawnSync('bash', ['-c', `set -o pipefail; "$0" "$1" --help | true`, process.execPath, join(root, 'tasks/launch.cjs')], { encoding: 'utf8', cwd: dir });
  assert.is(ended.stderr, '');
});

test.run();
