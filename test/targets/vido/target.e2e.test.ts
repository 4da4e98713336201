import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunEvent } from '../../../tasks/graph/event.ts';
import { bringUp } from '../../../tasks/graph/execute.ts';
import type { Target } from '../../../tasks/graph/target.ts';
import { Processes } from '../../../tasks/host/processes/process.ts';
import { openState } from '../../../tasks/graph/state.ts';
import { probeVido } from '../../../tasks/targets/vido/probe.ts';
import { vidoArguments, vidoObstacles } from '../../../tasks/targets/vido/arguments.ts';
import { isFailure, formatFailure } from '../../../tasks/report/failure.ts';
import { vidoPath, vidoTarget } from '../../../tasks/targets/vido/target.ts';
import { makeVidoRepository } from '../../support/fake-vido.ts';
import { testIf } from '../../support/skip-unless.ts';

let dir: string;
test.before.each(() => { dir = mkdtempSync(join(tmpdir(), "kloop vido's ü ")); });
test.after.each(() => rmSync(dir, { recursive: true, force: true }));

const makeRepository = () => makeVidoRepository(dir);
const clone = () => join(dir, 'repos', 'vido');
const prefix = () => join(dir, 'prefix');

async function run(url: string) {
  const processes = new Processes();
  const python: Target = {
    name: 'python', title: 'Python', needs: [], key: () => 'host', recipe: () => '',
    judge: () => Promise.resolve({ kind: 'fresh' }), run: () => Promise.resolve({}),
  };
  const vido = vidoTarget({ processes, privilege: { uid: process.getuid?.() ?? 0 }, url, clone: clone(), prefix: prefix(), workDir: join(dir, 'state', 'vido'), timeoutMs: 3000 });
  const events: RunEvent[] = [];
  const ran = await bringUp(new Map([python, vido].map((target) => [target.name, target])), { goals: ['vido'], signal: new AbortController().signal, emit: (event) => events.push(event) }, openState({ dir: join(dir, 'state'), runName: 'test' }));
  return { made: isFailure(ran) ? [] : [...ran.made], words: isFailure(ran) ? formatFailure(ran) : '', said: events.filter((event) => event.kind === 'said').map((event) => event.line) };
}

test('clones, installs, shows the command; then does nothing; a changed clone is installed again', async () => {
  const url = makeRepository();
  const first = await run(url);
  assert.is(first.words, '');
  assert.equal(first.made, ['vido']);
  assert.match(first.said.join('\n'), 'setup.py install --skip-build');
  assert.equal(readdirSync(join(prefix(), 'bin')).sort(), ['vido', 'virt-stub']);
  // What docs/client-setup.md tells to remove is all that there is.
  assert.equal(readdirSync(prefix()).sort(), ['bin', 'lib']);
  assert.equal(readdirSync(join(prefix(), 'lib')), ['vido']);
  assert.is(execFileSync('git', ['-C', clone(), 'status', '--porcelain', '--ignored'], { encoding: 'utf8' }), '', 'the clone is as git made it');
  assert.equal((await run(url)).made, []);
  appendFileSync(join(clone(), 'vido'), '# mine\n');
  const moment = new Date(Date.now() - 50);
  utimesSync(join(clone(), 'vido'), moment, moment);
  assert.equal((await run(url)).made, ['vido']);
  assert.match(readFileSync(vidoPath(prefix()), 'utf8'), '# mine');
  // An older one put back, times and all.
  execFileSync('git', ['-C', clone(), 'checkout', '--quiet', 'vido']);
  utimesSync(join(clone(), 'vido'), 1e9, 1e9);
  assert.equal((await run(url)).made, ['vido']);
  assert.not.match(readFileSync(vidoPath(prefix()), 'utf8'), '# mine');
  assert.equal((await run(url)).made, []);
});

test('an installed vido is given our kernel, NICs and command; its exit status is the guest\'s', async () => {
  await run(makeRepository());
  const [program = '', ...args] = vidoArguments({ vido: vidoPath(prefix()), kernel: '/r/b z', nics: ['bridge0', 'bridge0'], memoryBytes: 2 ** 29, command: ['sh', '-c', 'a  b'] });
  const ran = await new Processes().run({ argv: [program, ...args], env: { VIDO_SAID: join(dir, 'said') } });
  assert.not.ok(isFailure(ran));
  assert.is((ran as { status: number }).status, 7);
  assert.equal(readFileSync(join(dir, 'said'), 'utf8').split('\n'), ['--kvm', '--kernel', '/r/b z', '--mem', '512M', '--bridge', 'bridge0', 'bridge0', '--', 'sh', '-c', 'a  b']);
});

test('what the installed QEMU cannot do is known before the boot', async () => {
  await run(makeRepository());
  const qemu = join(dir, 'qemu');
  writeFileSync(qemu, '#!/bin/sh\necho "QEMU emulator version 9.2.0"\n');
  chmodSync(qemu, 0o755);
  const facts = await probeVido({ vido: vidoPath(prefix()), clone: clone(), source: '', qemu, kvmWorks: true, processes: new Processes() });
  assert.match(vidoObstacles({ nics: ['bridge0'] }, facts).join(), 'removed in 3.0; this is QEMU 9.2');
});

test('a source that cannot be reached is worded, and leaves nothing behind', async () => {
  const { words } = await run(join(dir, 'nowhere'));
  assert.match(words, 'vido cannot be cloned from');
  assert.match(words, 'Next: git clone');
  assert.equal(readdirSync(join(dir, 'repos')), []);
});

test("a directory of the user's in the clone's place is left alone", async () => {
  mkdirSync(clone(), { recursive: true });
  writeFileSync(join(clone(), 'notes'), 'mine');
  assert.match((await run(makeRepository())).words, "it isn't vido");
  assert.is(readFileSync(join(clone(), 'notes'), 'utf8'), 'mine');
});

test('a setup.py that fails is shown in its own words', async () => {
  const url = makeRepository();
  mkdirSync(clone(), { recursive: true });
  execFileSync('git', ['clone', '--quiet', url, clone()]);
  writeFileSync(join(clone(), 'setup.py'), "raise SystemExit('no such luck')\n");
  const { words } = await run(url);
  assert.match(words, 'no such luck');
  assert.not.ok(existsSync(vidoPath(prefix())));
});

// With a checkout of the real one: KLOOP_TEST_VIDO=/path npm test -- vido
const real = process.env['KLOOP_TEST_VIDO'];
if (real === undefined) console.log('# the real vido: skipped, for lack of KLOOP_TEST_VIDO, a checkout of it');
const withReal = testIf(real !== undefined, test);
withReal('the real vido, installed, asks QEMU for what we told it', async () => {
  assert.is((await run(real ?? '')).words, '');
  const qemu = join(dir, 'qemu');
  writeFileSync(qemu, `#!/bin/sh\nprintf '%s\\n' "$@" > ${JSON.stringify(join(dir, 'said'))}\n`);
  chmodSync(qemu, 0o755);
  // vido's own path is an argument of the kernel, which cannot quote a space.
  const plain = mkdtempSync(join(tmpdir(), 'kloop-vido-'));
  try {
    execFileSync('cp', ['-r', join(prefix(), 'bin'), plain]);
    await new Processes().run({ argv: vidoArguments({ vido: join(plain, 'bin', 'vido'), kernel: '/r/bzImage', nics: ['bridge0', 'bridge0'], memoryBytes: 2 ** 29, qemu, command: ['true'] }), env: { SHELL: '/bin/sh' } });
    const said = readFileSync(join(dir, 'said'), 'utf8').split('\n');
    for (const word of ['512M', '/r/bzImage', 'nic,vlan=0', 'bridge,vlan=1,br=bridge0']) assert.ok(said.includes(word), `${word} in ${said.join(' ')}`);
    const facts = await probeVido({ vido: join(plain, 'bin', 'vido'), clone: '/none', source: '', qemu: 'qemu-system-x86_64', kvmWorks: true, processes: new Processes() });
    assert.is(vidoObstacles({ nics: ['bridge0'] }, facts).length, (facts.qemu?.major ?? 0) >= 3 ? 1 : 0);
  } finally {
    rmSync(plain, { recursive: true });
  }
});

test.run();
