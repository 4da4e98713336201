import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { distributionOf, type HostTool } from '../../../config/packages.ts';
import type { Work } from '../../../tasks/graph/target.ts';
import { freshLook } from '../../../tasks/host/files.ts';
import { Processes } from '../../../tasks/host/processes/process.ts';
import { isFailure, formatFailure } from '../../../tasks/report/failure.ts';
import { packagesTarget, type PackagesOptions } from '../../../tasks/targets/packages/target.ts';

// A package manager that a test writes: a real program on PATH. Installing
// `bc` makes the file that stands for the tool.
let dir: string;
let oldPath: string | undefined;
test.before.each(() => {
  dir = mkdtempSync(join(tmpdir(), 'kloop packages '));
  oldPath = process.env['PATH'];
  process.env['PATH'] = `${dir}:${oldPath}`;
});
test.after.each(() => {
  process.env['PATH'] = oldPath;
  rmSync(dir, { recursive: true });
});

function fake(name: string, script: string): void {
  writeFileSync(join(dir, name), `#!/bin/bash\ncd ${JSON.stringify(dir)}\necho "${name} $*" >> calls\n${script}\n`);
  chmodSync(join(dir, name), 0o755);
}
const calls = () => (existsSync(join(dir, 'calls')) ? readFileSync(join(dir, 'calls'), 'utf8').trim().split('\n') : []);

function target(options: Partial<PackagesOptions> = {}) {
  return packagesTarget({
    features: new Set(['vm']),
    install: true,
    processes: new Processes(),
    privilege: { uid: 0 },
    retry: 'npm run vm -- --install',
    lookFor: (tools: readonly HostTool[]) => (existsSync(join(dir, 'bc-is-here')) ? [] : tools.filter((tool) => tool.name === 'bc')),
    distribution: () => distributionOf('ID=debian\nPRETTY_NAME=Debian'),
    ...options,
  });
}

const said: string[] = [];
function work(): Work {
  said.length = 0;
  return { signal: new AbortController().signal, log: join(dir, 'log'), startedMs: 0, past: undefined, reason: undefined, progress: () => undefined, say: (line) => said.push(line) };
}
async function failureOf(options: Partial<PackagesOptions> = {}): Promise<string> {
  const made = await target(options).run(work());
  if (!isFailure(made)) throw new Error('expected a failure');
  return formatFailure(made);
}

test('judging looks and runs nothing', async () => {
  fake('apt-get', 'exit 1');
  const stale = await target().judge(undefined, freshLook());
  assert.equal(stale, { kind: 'stale', reason: { kind: 'state', words: 'missing: bc' } });
  writeFileSync(join(dir, 'bc-is-here'), '');
  assert.is((await target().judge(undefined, freshLook()) as { kind: string }).kind, 'fresh');
  assert.equal(calls(), []);
});

test('without --install: what is missing, why, the package, and the command', async () => {
  fake('apt-get', 'exit 1');
  const words = await failureOf({ install: false, privilege: { uid: 1000 } });
  assert.match(words, 'a tool is missing on this host');
  assert.match(words, /bc +bc +generates timeconst\.h/);
  assert.match(words, 'Next: sudo -- apt-get install bc');
  assert.match(words, 'npm run vm -- --install');
  assert.equal(calls(), []);
});

test('an unknown distribution gets the list of tools', async () => {
  const words = await failureOf({ distribution: () => distributionOf('ID=void\nPRETTY_NAME=Void') });
  assert.match(words, 'does not know the packages of Void');
  assert.match(words, 'timeconst.h');
});

test('installs, shows the command, asks nothing', async () => {
  fake('apt-get', '[ "$DEBIAN_FRONTEND" = noninteractive ] && [ ! -t 0 ] && touch bc-is-here');
  const made = await target().run(work());
  assert.equal(made, { note: 'installed 1 package' });
  assert.match(calls()[0] ?? '', /^apt-get install --yes .*bc$/);
  assert.match(said[0] ?? '', /^\$ apt-get install .* bc$/);
});

test('lists that do not have the package are fetched, once', async () => {
  fake('apt-get', 'case $1 in update) touch lists ;; *) [ -e lists ] || { echo "E: Unable to locate package bc" >&2; exit 100; }; touch bc-is-here ;; esac');
  assert.not.ok(isFailure(await target().run(work())));
  assert.equal(calls().map((call) => call.split(' ')[1]), ['install', 'update', 'install']);
});

test('a package that no list has is a failure after one refresh', async () => {
  fake('apt-get', '[ "$1" = update ] || { echo "E: Unable to locate package bc"; exit 100; }');
  const words = await failureOf();
  assert.equal(calls().map((call) => call.split(' ')[1]), ['install', 'update', 'install']);
  assert.match(words, 'lists do not contain these packages');
  assert.match(words, 'E: Unable to locate package bc');
});

test('an installation that was cut off is finished first', async () => {
  fake('apt-get', `[ -e configured ] || { echo "E: dpkg was interrupted, you must manually run 'dpkg --configure -a' to correct the problem."; exit 100; }; touch bc-is-here`);
  fake('dpkg', 'touch configured');
  assert.not.ok(isFailure(await target().run(work())));
  assert.equal(calls()[1], 'dpkg --configure -a');
});

test('no network and a held lock are worded', async () => {
  fake('apt-get', `echo "  Temporary failure resolving 'deb.debian.org'"; exit 100`);
  assert.match(await failureOf(), 'the packages cannot be downloaded');
  fake('apt-get', 'echo "Waiting for cache lock: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 77 (aptd)..."; echo "E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), is another process using it?"; exit 100');
  assert.match(await failureOf(), 'another package manager is running: process 77 (aptd)');
  assert.match(said.join('\n'), 'held by process 77');
});

test('an installation that brings nothing does not count as done', async () => {
  fake('apt-get', 'exit 0');
  assert.match(await failureOf(), 'were installed, but tools are still missing');
});

test("an ordinary user's command goes through sudo, its output to stderr and the log", async () => {
  fake('sudo', 'shift; exec "$@"');
  fake('apt-get', 'echo "Setting up bc"; touch bc-is-here');
  assert.not.ok(isFailure(await target({ privilege: { uid: 1000 } }).run(work())));
  assert.match(calls()[0] ?? '', /^sudo -- env DEBIAN_FRONTEND=noninteractive .*apt-get install/);
  assert.match(readFileSync(join(dir, 'log'), 'utf8'), 'Setting up bc');
});

test('sudo that cannot ask for the password is worded', async () => {
  fake('sudo', 'echo "sudo: a terminal is required to read the password; either use -S" >&2; exit 1');
  const words = await failureOf({ privilege: { uid: 1000 } });
  assert.match(words, 'sudo did not run the package manager');
  assert.match(words, 'a terminal is required');
});

test("Arch and Fedora's commands", async () => {
  fake('pacman', 'touch bc-is-here');
  assert.not.ok(isFailure(await target({ distribution: () => distributionOf('ID=arch') }).run(work())));
  assert.is(calls()[0], 'pacman -S --needed --noconfirm bc');
  rmSync(join(dir, 'bc-is-here'));
  fake('dnf', 'touch bc-is-here');
  assert.not.ok(isFailure(await target({ distribution: () => distributionOf('ID=fedora') }).run(work())));
  assert.match(calls()[1] ?? '', /^dnf install -y .*bc$/);
});

test.run();
