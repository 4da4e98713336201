/** The package, as an ordinary user has it: in a tree of theirs, without sudo, without the checkout. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Installed } from './installed.ts';
import { kconfigTree } from '../support/kconfig-tree.ts';
import { littleRepository, wholeTree, write } from '../support/little-kernel.ts';
import { testIf } from '../support/skip-unless.ts';

const isRoot = process.getuid?.() === 0;
const kernel = process.env['KLOOP_TEST_KERNEL'] ?? '';
const kconfig = process.env['KLOOP_TEST_KCONFIG'] ?? '';

let installed: Installed | undefined;
test.before(() => { installed = new Installed(); });
test.after(() => installed?.remove());
const here = (): Installed => {
  if (installed === undefined) throw new Error('not installed');
  return installed;
};
/** What is to be copied to the user's disk. */
const made = (name: string, make: (path: string) => void): string => {
  const path = join(here().dir, name);
  if (!existsSync(path)) make(path);
  return path;
};
/** A shell's words that put a copy of a tree on the disk, and hand it over. */
const copied = (tree: string, to: string, owner = 'nobody') => `cp -r ${tree} "$DISK/${to}"; ${isRoot ? `chown -R ${owner} "$DISK/${to}"` : ':'}`;

interface Row { target: string; note?: string; words?: string }
const noteOf = (json: string, target: string) => {
  const row = (JSON.parse(json) as Row[]).find((one) => one.target === target);
  return row?.note ?? row?.words ?? '';
};

test('the package holds the program and what it reads: no TypeScript, no packages, no tests', () => {
  const { dir, tarball } = here();
  const names = execFileSync('tar', ['--list', '--file', join(dir, tarball)], { encoding: 'utf8' }).trim().split('\n').map((name) => name.replace(/^package\//, ''));
  assert.equal(names.filter((name) => /\.ts$|node_modules|^test\/|\.env$/.test(name) && !/^config\/(?:defaults|variants\/\w+)\.env$/.test(name)), []);
  for (const name of ['package.json', 'LICENSE', 'README.md', 'kernel.config', 'config/defaults.env', 'config/fragments/kasan.config', 'config/variants/debug.env', 'config/variants/tiny.config', 'tasks/launch.cjs', 'tasks/guest/main.c', 'tasks/guest/network/nics.h', 'dist/kloop.cjs', 'dist/kloop-mcp.cjs', 'dist/kloop-plot.cjs', 'dist/LICENSES.txt', 'dist/man/kloop.1', 'dist/completions/kloop.bash', 'docs/kernels.md']) {
    assert.ok(names.includes(name), name);
  }
  const place = join(here().program, '../../lib/node_modules');
  assert.equal(readdirSync(place), ['kloop'], 'nothing else was installed for it');
  for (const bundle of ['kloop.cjs', 'kloop-mcp.cjs', 'kloop-plot.cjs']) assert.not.match(readFileSync(join(place, 'kloop/dist', bundle), 'utf8'), dir, 'no path of where it was made');
  const holdsSdk = (bundle: string) => readFileSync(join(place, 'kloop/dist', bundle), 'utf8').includes('ListToolsRequestSchema');
  assert.equal([holdsSdk('kloop.cjs'), holdsSdk('kloop-mcp.cjs')], [false, true], 'what only `kloop mcp` needs is read by it alone');
  const licences = readFileSync(join(place, 'kloop/dist/LICENSES.txt'), 'utf8');
  for (const name of ['zx', 'commander', 'dotenv', 'listr2', 'chokidar', '@modelcontextprotocol/sdk', 'zod']) assert.match(licences, new RegExp(`^${name} \\d`, 'm'));
  assert.ok(existsSync(join(here().program, '../../share/man/man1/kloop.1')), 'man finds it beside the program');
});

test('in no tree: what to do, in three lines, by the name that it is called by', async () => {
  const ended = await here().run('kloop vm; echo "status $?"; kloop --version; kloop vm --help | head -1; cd / && kloop plan source --json');
  assert.match(ended.stdout, /^status 125\nkloop \d+\.\d+\.\d+\nkloop vm \[options\] \[-- command …\]\n/);
  assert.match(ended.stderr, /^kloop: \S+\/home is not in a kernel tree, and no kernel source is configured\n {2}Next: cd ~\/linux [^\n]*\n {8}kloop vm --tree ~\/linux [^\n]*\n {8}KERNEL_SOURCES=[^\n]*kloop vm[^\n]*\n/);
  assert.not.match(ended.stderr, 'npm');
});

test('kloop mcp answers, with what the package brought along', async () => {
  const hello = { jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'a test', version: '1' } } };
  const list = { jsonrpc: '2.0', id: 2, method: 'tools/list' };
  const ended = await here().run(`printf '%s\\n' '${JSON.stringify(hello)}' '{"jsonrpc":"2.0","method":"notifications/initialized"}' '${JSON.stringify(list)}' | kloop mcp`);
  assert.is(ended.status, 0, ended.stderr);
  const [greeted, listed] = ended.stdout.trim().split('\n').map((line) => JSON.parse(line) as { result: { serverInfo?: { name: string }; tools?: { name: string }[] } });
  assert.is(greeted?.result.serverInfo?.name, 'kloop');
  assert.ok(listed?.result.tools?.some(({ name }) => name === 'run'));
});

testIf(kernel !== '', test)('in a tree of the user\'s, on another file system: a VM, and all that is kept of it is in the tree', async () => {
  const little = made('little', (path) => wholeTree(path));
  const ended = await here().run(
    `cd "$DISK/linux/net" && kloop plan --json && kloop vm --kernel ${kernel} -- sh -c 'id -u; pwd; ls ..; echo in >made' && ls -A .. && ls && ls -A "$HOME"`,
    { first: copied(little, 'linux') },
  );
  assert.is(ended.status, 0, ended.stderr);
  const json = ended.stdout.slice(0, ended.stdout.indexOf('\n]') + 2);
  assert.is(noteOf(json, 'source'), `Linux 6.1.0 in ${here().disk}/linux (you are in it)`);
  const [, ...lines] = ended.stdout.slice(json.length).split('\n');
  assert.equal(lines.slice(0, 2), ['0', `${here().disk}/linux/net`]);
  assert.ok(lines.includes('.kloop'), 'its state');
  assert.not(lines.includes('made'), 'nothing of the guest reached it');
  assert.not(lines.includes('.local'), 'nothing is kept elsewhere');
  assert.match(ended.stderr, "guest: the guest's init", 'it was compiled there');
});

testIf(kernel !== '', test)('two trees at once, one of them a worktree of the other: each has its VM and its own settings', async () => {
  const repository = made('repository', (path) => littleRepository(wholeTree(path)));
  const vm = (tree: string) => `(cd "$DISK/${tree}" && kloop vm --kernel ${kernel} -- sh -c 'echo ${tree}; grep MemTotal /proc/meminfo' >"$DISK/${tree}.out" 2>"$DISK/${tree}.err"; echo "${tree} $?")`;
  const ended = await here().run(`git -C "$DISK/main" worktree add -q "$DISK/other" old && mkdir "$DISK/other/.kloop" && echo VM_MEMORY=512M >"$DISK/other/.kloop/env"
    ${vm('main')} & ${vm('other')} & wait; cat "$DISK/main.out" "$DISK/other.out"; cat "$DISK/main.err" "$DISK/other.err" >&2`, { first: copied(repository, 'main') });
  assert.match(ended.stdout, /main 0\n/, ended.stderr);
  assert.match(ended.stdout, /other 0\n/, ended.stderr);
  const [first = 0, second = 0] = [...ended.stdout.matchAll(/MemTotal: +(\d+) kB/g)].map((match) => Number(match[1]));
  assert.ok(first > 800_000 && second < 520_000, ended.stdout);
});

testIf(kconfig !== '', test)('a configuration is made by the package\'s own fragments, in the tree; --set and the tree\'s settings count', async () => {
  const tree = made('kconfig', (path) => write(join(kconfigTree(kconfig, path), 'init/main.c'), ''));
  const ended = await here().run(
    'cd "$DISK/linux" && mkdir .kloop && echo KERNEL_FRAGMENTS=lockdep >.kloop/env && kloop config --set CONFIG_TCP_CONG_HTCP=y && grep -E "^CONFIG_(PROVE_LOCKING|TCP_CONG_HTCP|MPTCP)=" .config',
    { first: copied(tree, 'linux') },
  );
  assert.is(ended.status, 0, ended.stderr);
  assert.equal(ended.stdout.trim().split('\n').sort(), ['CONFIG_MPTCP=y', 'CONFIG_PROVE_LOCKING=y', 'CONFIG_TCP_CONG_HTCP=y']);
});

testIf(isRoot && kconfig !== '', test)("another's tree: built in a directory of one's own, which is remembered; the tree stays as it was", async () => {
  const tree = made('kconfig', (path) => write(join(kconfigTree(kconfig, path), 'init/main.c'), ''));
  const ended = await here().run(`cd "$DISK/linux" && kloop kernel; echo "status $?"
    KERNEL_BUILD_DIR="$HOME/build" kloop config && ls -A "$HOME/build" && kloop plan source --json; ls -A .; cd "$HOME/build" && kloop plan source --json`, { first: copied(tree, 'linux', 'root') });
  assert.match(ended.stdout, /^status 125\n/);
  assert.match(ended.stderr, 'is not yours to write to, and nothing says where to build it\n  Next: KERNEL_BUILD_DIR=~/build kloop kernel');
  assert.match(ended.stdout, /\n\.config\n/);
  assert.match(ended.stdout, `${here().disk}/linux (you are in it); built in ${here().home}/build (as last time)`);
  assert.match(ended.stdout, `(you are in a build directory of it); built in ${here().home}/build (you are in it)`);
  assert.not.match(ended.stdout, /^\.kloop$/m);
  assert.ok(existsSync(join(here().home, '.local/state/kloop/trees')));
});

test.run();
