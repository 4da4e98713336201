/** Under watch the peer stays while VMs come and go, and each has the same addresses. */
import { copyFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { kloop, startKloop } from '../../support/kloop.ts';
import { kernel, labPlace } from './lab-place.ts';

const { dir, env } = labPlace(test);

interface Listed {
  readonly name: string;
  readonly qemuPid: number;
  readonly lab?: { readonly role: string };
}

test('two kernels, one peer; all of it ends with watch', async () => {
  const [mine, next] = [join(dir, 'vmlinux'), join(dir, 'next')];
  copyFileSync(kernel, mine);
  copyFileSync(kernel, next);
  writeFileSync(join(dir, 'look.sh'), 'ip -4 -br addr show sym; ping -c 1 -W 5 -q peer | grep -c " 0% packet loss"\n');
  const peers = async () => (JSON.parse((await kloop(['ps', '--json'], { cwd: dir, env })).stdout) as Listed[]).filter(({ lab }) => lab?.role === 'peer').map(({ name, qemuPid }) => `${name} ${qemuPid}`);
  const vms = async () => (JSON.parse((await kloop(['ps', '--json'], { cwd: dir, env })).stdout) as Listed[]).map(({ name }) => name);
  const watch = startKloop(['watch', '--kernel', mine, '--path', 'sym', '--', 'sh', join(dir, 'look.sh')], { cwd: dir, env });
  await Promise.race([watch.says(/run 1: passed/), watch.ended.then(({ stderr }) => { throw new Error(stderr); })]);
  const first = await peers();
  assert.is(first.length, 1);
  renameSync(next, mine);
  await watch.says(/run 2: passed/);
  assert.equal(await peers(), first);
  assert.equal(await vms(), ['vm', 'vm-peer'], 'the next VM has the name of the one before');
  watch.child.kill('SIGTERM');
  const { stdout, stderr } = await watch.ended;
  assert.match(stdout, /^(sym +\S+ +198\.18\.1\.2\/24.*\n1\n){2}/);
  assert.match(stderr, 'over the paths went');
  assert.equal(await peers(), []);
});

test.run();
