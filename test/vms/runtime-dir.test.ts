import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { isFailure } from '../../tasks/report/failure.ts';
import { runtimeDir } from '../../tasks/vms/runtime-dir.ts';

const uid = process.getuid?.() ?? 0;
const test = suite<{ dir: string }>('runtime-dir');
test.before.each((context) => { context.dir = mkdtempSync(join(tmpdir(), 'k-')); });
test.after.each(({ dir }) => { rmSync(dir, { recursive: true }); });

const found = (dir: string, env: Record<string, string>, who = uid) => {
  const path = runtimeDir({ uid: who, env, perUser: join(dir, 'run'), shared: dir });
  return isFailure(path) ? path.words.what.replaceAll(dir, '') : path.slice(dir.length);
};

test('in the directory that the environment names, or in logind\'s, or one of its own; nobody else can enter it', ({ dir }) => {
  assert.is(found(dir, {}), `/kloop-${uid}`);
  mkdirSync(join(dir, 'run', String(uid)), { recursive: true, mode: 0o700 });
  assert.is(found(dir, {}), `/run/${uid}/kloop`);
  mkdirSync(join(dir, 'x'), { mode: 0o700 });
  assert.is(found(dir, { XDG_RUNTIME_DIR: join(dir, 'x') }), '/x/kloop');
  assert.is(statSync(join(dir, 'x/kloop')).mode & 0o777, 0o700);
});

test('one that is not the user\'s, is relative, is missing, has too long a name or that others write to is passed over', ({ dir }) => {
  const long = join(dir, 'n'.repeat(60));
  mkdirSync(long, { mode: 0o700 });
  mkdirSync(join(dir, 'open'));
  chmodSync(join(dir, 'open'), 0o777);
  for (const named of ['x', join(dir, 'missing'), long, join(dir, 'open')]) assert.is(found(dir, { XDG_RUNTIME_DIR: named }), `/kloop-${uid}`, named);
});

test('what somebody else has put there is refused; what was too open is closed', ({ dir }) => {
  const own = join(dir, `kloop-${uid}`);
  mkdirSync(own, { mode: 0o755 });
  assert.is(found(dir, {}), `/kloop-${uid}`);
  assert.is(statSync(own).mode & 0o777, 0o700);
  chmodSync(own, 0o777);
  assert.match(found(dir, {}), /others may write to it/);
  rmSync(own, { recursive: true });
  symlinkSync('/tmp', own);
  assert.match(found(dir, {}), /it is no directory/);
  mkdirSync(join(dir, `kloop-${uid + 1}`), { mode: 0o700 });
  assert.match(found(dir, {}, uid + 1), new RegExp(`it belongs to user ${uid}$`));
});

test.run();
