/** Much of everything, into a VM that another kloop has: bytes, files, shells. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { root } from '../../support/kloop.ts';
import { Screen } from '../../support/screen.ts';
import { isLongRun, testIf } from '../../support/skip-unless.ts';
import { until } from '../../support/until.ts';
import { startVm, type RunningVm } from './running.ts';

const test = suite<{ vm: RunningVm; dir: string }>('much into a VM');
const it = testIf(isLongRun, test);
const launch = join(root, 'tasks', 'launch.cjs');
test.before(async (context) => {
  if (!isLongRun) return;
  context.vm = await startVm(['--mem', '2G', '--', 'sleep', '100000']);
  context.dir = mkdtempSync('/var/tmp/kloop-large-');
});
test.after(async ({ vm, dir }) => {
  if (!isLongRun) return;
  rmSync(dir, { recursive: true });
  await vm.end();
});

const inShell = (vm: RunningVm, script: string) => spawnSync('bash', ['-o', 'pipefail', '-c', script, process.execPath, launch], { cwd: root, env: { ...process.env, ...vm.env }, encoding: 'utf8' });
/** The same bytes each time, of which no two blocks are alike. */
const gibibyte = "openssl enc -aes-128-ctr -K 00 -iv 00 -in /dev/zero 2>/dev/null | head -c 1G";

it('1 GiB each way, through exec', ({ vm }) => {
  const { stdout: whole } = inShell(vm, `set +o pipefail; ${gibibyte} | sha256sum`);
  const there = inShell(vm, `set +o pipefail; ${gibibyte} | "$0" "$1" exec -- sha256sum`);
  assert.is(there.stdout, whole, there.stderr);
  const back = inShell(vm, `"$0" "$1" exec -- sh -c '${gibibyte}' | sha256sum`);
  assert.is(back.stdout, whole, back.stderr);
});

it('20,000 files by cp, with modes and links, in and out', async ({ vm, dir }) => {
  const src = join(dir, 'src');
  for (let i = 0; i < 200; i++) {
    mkdirSync(join(src, String(i)), { recursive: true });
    for (let k = 0; k < 99; k++) writeFileSync(join(src, String(i), String(k)), `${i} ${k}`, { mode: 0o600 | (k & 0o77) });
    symlinkSync(`${i}`, join(src, String(i), 'link'));
  }
  const list = 'cd "$1" && find . -printf "%p %m %y %l\\n" | sort | sha256sum && find . -type f -print0 | sort -z | xargs -0 cat | sha256sum';
  const before = spawnSync('sh', ['-c', list, 'sh', src], { encoding: 'utf8' }).stdout;
  assert.is((await vm.kloop(['cp', src, ':/dev/shm/there'])).status, 0);
  assert.is((await vm.kloop(['exec', '--', 'sh', '-c', list, 'sh', '/dev/shm/there'])).stdout, before);
  assert.is((await vm.kloop(['cp', ':/dev/shm/there', join(dir, 'back')])).status, 0);
  assert.is(spawnSync('sh', ['-c', list, 'sh', join(dir, 'back')], { encoding: 'utf8' }).stdout, before);
});

it('twenty shells at once, each a terminal: the output of each is its own', async ({ vm }) => {
  const env = { ...process.env, ...vm.env, SHELL: '/bin/bash', HOME: '/nonexistent', TERM: 'screen' };
  const screens = await Promise.all(Array.from({ length: 20 }, () => Screen.open(env, root)));
  try {
    for (const screen of screens) screen.type(`exec ${process.execPath} ${launch} sh\n`);
    await Promise.all(screens.map((screen) => screen.until(/root@vm|bash-\d.*[#$] $/m, 120_000)));
    screens.forEach((screen, i) => screen.type(`seq -s, ${i}000 ${i}100 | sha256sum; echo shell $((${i} + 1)) of 20\n`));
    await Promise.all(screens.map((screen, i) => screen.until(new RegExp(`^shell ${i + 1} of 20$`, 'm'), 120_000)));
  } finally {
    for (const screen of screens) screen.end();
  }
  await until('no shell is left', async () => (await vm.kloop(['exec', '--', 'pgrep', '-x', 'bash'])).stdout === '', 120_000);
});

test.run();
