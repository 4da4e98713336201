/** A VM with systemd as PID 1 is reached as any other: skipped, and counted, where the host has none. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { systemdPaths } from '../../../config/packages.ts';
import { root } from '../../support/kloop.ts';
import { Screen } from '../../support/screen.ts';
import { testIf } from '../../support/skip-unless.ts';
import { startVm } from './running.ts';

const test = suite('reached with systemd');
const launch = join(root, 'tasks', 'launch.cjs');

testIf(systemdPaths.some((path) => existsSync(path)), test)('exec, cp and sh', async () => {
  const dir = mkdtempSync('/var/tmp/kloop-systemd-');
  const vm = await startVm(['--systemd', '--', 'sleep', '1000']);
  let screen: Screen | undefined;
  try {
    assert.equal(await vm.kloop(['exec', '--', 'sh', '-c', 'cat /proc/1/comm; cat; exit 7'], 'typed\n'), { status: 7, stdout: 'systemd\ntyped\n', stderr: '' });
    writeFileSync(join(dir, 'file'), 'content');
    assert.equal(await vm.kloop(['cp', join(dir, 'file'), ':/run/copied']), { status: 0, stdout: '', stderr: '' });
    assert.equal(await vm.kloop(['cp', ':/run/copied', join(dir, 'back')]), { status: 0, stdout: '', stderr: '' });
    assert.is(readFileSync(join(dir, 'back'), 'utf8'), 'content');
    screen = await Screen.open({ ...process.env, ...vm.env, SHELL: '/bin/bash', HOME: '/nonexistent', TERM: 'screen' }, root);
    screen.type(`${process.execPath} ${launch} sh; echo left with $?\n`);
    await screen.until(/root@vm|bash-\d.*[#$] $/m);
    screen.type('tty; systemctl is-active kloop; exit 5\n');
    await screen.until(/^\/dev\/pts\/\d+\nactive\n[^]*^left with 5$/m);
  } finally {
    screen?.end();
    await vm.end();
    rmSync(dir, { recursive: true });
  }
});

test.run();
