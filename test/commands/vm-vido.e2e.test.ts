/** VM_RUNNER=vido, as its users start it. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { makeVidoRepository } from '../support/fake-vido.ts';
import { testIf } from '../support/skip-unless.ts';

const root = join(import.meta.dirname, '../..');
let dir: string;
test.before.each(() => { dir = mkdtempSync(join(tmpdir(), 'kloop-vm-vido-')); });
test.after.each(() => rmSync(dir, { recursive: true, force: true }));

const vm = (args: string[], env: Record<string, string>) => spawnSync(process.execPath, [join(root, 'tasks/launch.cjs'), 'vm', ...args], {
  encoding: 'utf8', cwd: dir,
  env: {
    ...process.env, KLOOP_ENV_FILE: '', STATE_DIR: join(dir, 'state'), REPOS_DIR: join(dir, 'repos'), VIDO_PREFIX: join(dir, 'prefix'),
    VIDO_SAID: join(dir, 'said'), VM_RUNNER: 'vido', VM_NICS: '', ...env,
  },
});

/** A QEMU that passes the accelerator's probe (its guest's exit) and tells a version. */
function fakeQemu(version: string): string {
  const path = join(dir, `qemu-${version}`);
  writeFileSync(path, `#!/bin/sh\n[ "$1" = --version ] && { echo "QEMU emulator version ${version}"; exit 0; }\nexit 85\n`, { mode: 0o755 });
  return path;
}

function kvmOpens(): boolean {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

// vido always asks for KVM; that the guest runs in it is the stand-in's affair.
if (!kvmOpens()) console.log('# VM_RUNNER=vido: skipped, for lack of /dev/kvm');
const withKvm = testIf(kvmOpens(), test);

withKvm('vido is installed, given our kernel, NICs and command, and kloop exits with its status', () => {
  const env = { VIDO_SOURCE: makeVidoRepository(dir), VM_QEMU: fakeQemu('2.12.0') };
  const ended = vm(['--kernel', '/r/bzImage', '--bridge', 'br8', 'br8', '--', 'sh', '-c', 'exit  7'], env);
  assert.is(ended.status, 7, ended.stderr);
  assert.equal(readFileSync(join(dir, 'said'), 'utf8').split('\n'),
    ['--kvm', '--kernel', '/r/bzImage', '--mem', '1024M', '--qemu-runner', env.VM_QEMU, '--bridge', 'br8', 'br8', '--', 'sh', '-c', 'exit  7']);
  const dry = vm(['--kernel', '/r/bzImage', '--dry-run', '--cpus', '2', '--no-multipath', '--', 'true'], env);
  assert.is(dry.status, 0);
  assert.match(dry.stderr, 'vido has no equivalent of --cpus, --no-multipath: ignored');
  assert.is(dry.stdout, `${join(dir, 'prefix/bin/vido')} \\\n  --kvm \\\n  --kernel /r/bzImage \\\n  --mem 1024M \\\n  --qemu-runner ${env.VM_QEMU} \\\n  -- true\n`);
});

withKvm('a bridge and a QEMU of today: refused before the boot, with what does it instead', () => {
  const env = { VIDO_SOURCE: makeVidoRepository(dir), VM_QEMU: fakeQemu('9.2.0') };
  const ended = vm(['--kernel', '/r/bzImage', '--bridge', 'br8', '--', 'true'], env);
  assert.is(ended.status, 125);
  assert.match(ended.stderr, 'which QEMU removed in 3.0; this is QEMU 9.2');
  assert.match(ended.stderr, 'VM_RUNNER=kloop npm run vm');
});

test('without KVM nothing is cloned or built for vido', () => {
  const qemu = join(dir, 'qemu');
  writeFileSync(qemu, '#!/bin/sh\necho "QEMU emulator version 7.2.0"\nexit 1\n', { mode: 0o755 });
  const ended = vm(['--', 'true'], { VIDO_SOURCE: '/no/such/repository', VM_QEMU: qemu });
  assert.is(ended.status, 125);
  assert.match(ended.stderr, 'KVM cannot run a guest here');
});

test.run();
