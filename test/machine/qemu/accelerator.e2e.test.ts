import { mkdtempSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { chooseAccelerator, kvmVerdict, runProbe } from '../../../tasks/machine/qemu/accelerator.ts';
import { isFailure } from '../../../tasks/report/failure.ts';

let dir: string;
test.before(() => { dir = mkdtempSync(join(tmpdir(), 'kloop-accel-')); });
test.after(() => rmSync(dir, { recursive: true }));

/** A QEMU of ours, that counts how often it is asked. */
function pretend(name: string, script: string): string {
  const path = join(dir, name);
  writeFileSync(path, `#!/bin/sh\necho x >> ${dir}/${name}.count\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}
const place = (qemu: string, device = '/dev/null') => ({ qemu, stateDir: join(dir, 'state'), device });

test("the probe's guest really runs, under emulation", async () => {
  assert.equal(await runProbe('qemu-system-x86_64', 'tcg', join(dir, 'state')), { kvm: 'works' });
});

test('a QEMU that aborts is found out, once', async () => {
  const qemu = pretend('aborts', 'echo "failed to set MSR 0x10a" >&2; exit 134');
  const first = await kvmVerdict(place(qemu));
  assert.equal(first, { kvm: 'aborts', said: ['failed to set MSR 0x10a'] });
  assert.equal(await kvmVerdict(place(qemu)), { kvm: 'aborts', said: ['failed to set MSR 0x10a'], known: true });
  const { readFileSync } = await import('node:fs');
  assert.is(readFileSync(join(dir, 'aborts.count'), 'utf8'), 'x\n');
});

test('a guest that hangs is given three seconds', async () => {
  const verdict = await kvmVerdict(place(pretend('hangs', 'exec sleep 100')));
  assert.is(isFailure(verdict) ? '' : verdict.kvm, 'hangs');
});

test('one that works is used', async () => {
  assert.equal(await chooseAccelerator('auto', place(pretend('works', 'exit 85'))), { accel: 'kvm' });
});

test('no device: emulation, or a refusal where KVM is insisted on', async () => {
  const none = place('qemu-system-x86_64', join(dir, 'none'));
  assert.equal(await chooseAccelerator('auto', none), { accel: 'tcg', note: undefined });
  const refused = await chooseAccelerator('kvm', none);
  assert.is(isFailure(refused) && refused.detail.reason, 'kvm-refused');
});

test.run();
