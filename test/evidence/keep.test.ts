/** All of it, but for the guest: a little tree, built to the last file that is read. */
import { mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Incident } from '../../tasks/evidence/incident.ts';
import { keepEvidence } from '../../tasks/evidence/keep.ts';
import { bootedNow, openKernel, type Booted } from '../../tasks/evidence/gather/kernel.ts';
import { readRecord } from '../../tasks/evidence/record.ts';
import { evidenceDir, listEvidence } from '../../tasks/evidence/store.ts';
import { Processes } from '../../tasks/host/processes/process.ts';
import { copiesDir } from '../../tasks/kernel/config/ownership.ts';
import type { Settings } from '../../config/settings.ts';
import { git, littleRepository, settingsIn, write } from '../support/little-kernel.ts';
import { incident } from './fixture.ts';

let dir: string;
test.before.each(() => { dir = mkdtempSync(join(tmpdir(), 'kloop-keep-')); });
test.after.each(() => rmSync(dir, { recursive: true, force: true }));

const ofKernel = (settings: Settings, booted: Booted) => ({ booted, opened: openKernel(settings, booted) });

function place(values: Record<string, string> = {}) {
  const tree = littleRepository(join(dir, 'tree'));
  const kernelConfig = join(dir, 'my.config');
  write(kernelConfig, 'CONFIG_A=y\nCONFIG_B=y\nCONFIG_OF_OTHERS=y\n');
  write(join(tree, 'net/Kconfig'), 'config B\n\tbool "b"\n');
  git(tree, 'add', 'net/Kconfig');
  git(tree, 'commit', '--quiet', '--message=two');
  const settings = settingsIn(dir, { KERNEL_SOURCES: `dir:${tree}`, KERNEL_CONFIG: kernelConfig, VM_ACCEL: 'tcg', ...values });
  write(join(tree, '.config'), 'CONFIG_A=y\nCONFIG_C=y\n');
  write(join(copiesDir(settings.stateDir, join(tree, '.config')), 'generated'), 'CONFIG_A=y\n');
  utimesSync(join(tree, '.config'), 1000, 1000);
  write(join(tree, 'start.c'), 'const char linux_banner[] = "Linux version 6.1.0 (x) #1\\n"; void start_kernel(void) {}\n');
  execFileSync('gcc', ['-nostdlib', '-static', '-no-pie', '-e', 'start_kernel', '-Wl,--build-id=0xabcd', '-o', join(tree, 'vmlinux'), join(tree, 'start.c')]);
  rmSync(join(tree, 'start.c'));
  write(join(tree, 'net/mptcp/pm.c'), '// three\n');
  write(join(dir, 'console'), '[    0.000000] Linux\n[    1.000000] WARNING\n');
  const image = join(tree, 'vmlinux');
  const own: Incident = {
    ...incident, ...ofKernel(settings, bootedNow({ image, foreign: false })), consoles: [{ path: join(dir, 'console') }], request: { ...incident.request, kernel: image, accel: 'tcg' },
  };
  return { settings, own, tree };
}
const processes = new Processes();

async function kept(own: Incident, settings: ReturnType<typeof settingsIn>, signal = new AbortController().signal) {
  const said: string[] = [];
  await keepEvidence(own, { settings, processes, signal, say: (line) => said.push(line) });
  const found = listEvidence(settings.stateDir).at(-1);
  return { said, dir: found?.dir ?? '', files: found === undefined ? [] : readdirSync(found.dir).sort(), read: (name: string) => readFileSync(join(found?.dir ?? '', name), 'utf8') };
}

test('everything that tells of it is in one directory', async () => {
  const { settings, own, tree } = place();
  const { said, dir: at, files, read } = await kept(own, settings);
  assert.equal(said, [`evidence is kept in ${at} (npm run evidence -- show)`]);
  assert.equal(files, ['README.md', 'System.map.gz', 'config', 'config-difference.txt', 'console.log', 'evidence.json', 'output.log', 'settings.env', 'splats.txt', 'uncommitted.diff']);
  assert.is(read('config'), 'CONFIG_A=y\nCONFIG_C=y\n');
  assert.match(read('config-difference.txt'), /CONFIG_B=y \(.*my\.config:2\): it is not set\n# This kernel does not have 1 of [^]*CONFIG_C: n -> y\n$/);
  assert.is(read('console.log'), readFileSync(join(dir, 'console'), 'utf8'));
  assert.match(read('splats.txt'), ' g+0x3/0x4 net/g.c:7\n');
  assert.match(read('uncommitted.diff'), '+// three\n');
  assert.match(read('settings.env'), /^VM_ACCEL=tcg {2}# test$/m);
  const text = read('README.md');
  for (const part of [`- Source: ${git(tree, 'rev-parse', 'HEAD').trim()} ("two"), branch main, 1 file changed`, '- Kernel: Linux version 6.1.0 (x) #1\n', '- Build id: abcd\n', '+// three\n', '- CONFIG_C: n -> y\n']) assert.match(text, part);
  assert.not.match(text, 'secret');
  assert.is(readRecord(read('evidence.json'))?.kernel.buildId, 'abcd');
  assert.equal(readdirSync(evidenceDir(settings.stateDir)).length, 1);
});

test("a kernel given by --kernel has no .config: said; a console that is gone: said", async () => {
  const { settings, own, tree } = place();
  const lone = join(dir, 'lone-vmlinux');
  writeFileSync(lone, readFileSync(join(tree, 'vmlinux')));
  const { files, read } = await kept({ ...own, ...ofKernel(settings, bootedNow({ image: lone, foreign: true })), consoles: [{ path: join(dir, 'gone') }] }, settings);
  assert.equal(files, ['README.md', 'System.map.gz', 'evidence.json', 'output.log', 'settings.env', 'splats.txt']);
  const text = read('README.md');
  for (const part of [
    '- no config (the .config): the kernel was given by --kernel, and there is none beside it\n', `- no console.log (the VM's console): ${join(dir, 'gone')} is not there any more\n`,
    '- Source: it is not known what the kernel was built from\n', '- Build id: abcd\n',
  ]) assert.match(text, part);
});

test('a console without end is cut, and that is said', async () => {
  const { settings, own } = place();
  truncateSync(join(dir, 'console'), 3 * 2 ** 30);
  const { read } = await kept(own, settings);
  assert.ok(read('console.log').length < 2 << 20);
  assert.match(read('README.md'), /- console\.log: the VM's console \(\d+ bytes are left out in the middle\)\n/);
});

test('where a person ends kloop meanwhile, what there is is kept, and what is lacking is said', async () => {
  const { settings, own } = place();
  const abort = new AbortController();
  abort.abort('SIGINT');
  const { files, read } = await kept(own, settings, abort.signal);
  assert.ok(files.includes('console.log') && files.includes('config') && !files.includes('uncommitted.diff'));
  assert.match(read('README.md'), "- no uncommitted.diff (what git's HEAD does not have): kloop was asked to end meanwhile\n");
});

test('what cannot be kept is a line, and nothing else', async () => {
  const { settings, own } = place();
  write(join(settings.stateDir, 'evidence'), 'a file in its place');
  const { said } = await kept(own, settings);
  assert.is(said.length, 1);
  assert.match(said[0] ?? '', /^no evidence is kept: writing files failed: .*evidence: not a directory$/);
});

test.run();
