/** Below --rw-dirs programs can do to files what they can on the host, where these come by FUSE; by 9p what docs/guest-files.md says. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { testIf } from '../../support/skip-unless.ts';
import { kernelIsBefore, makePlace, runVm, type Place } from '../vm.ts';

const source = fileURLToPath(new URL('written-probe.c', import.meta.url));

let place: Place | undefined;
const all = suite('written');
all.before(async () => { place = await makePlace(); });
all.after(() => place?.remove());

/** Not below /tmp, of which the guest has one of its own. */
async function inDir(act: (dir: string, run: (files: '9p' | 'fuse', ...command: string[]) => ReturnType<typeof runVm>) => Promise<void>): Promise<void> {
  const dir = mkdtempSync('/var/tmp/kloop-test-');
  const { stateDir } = place ?? { stateDir: '' };
  try {
    mkdirSync(join(dir, 'shared'));
    await act(dir, (files, ...command) => runVm({ stateDir, remove: () => undefined }, { request: { command, cwd: join(dir, 'shared'), passEnv: [], files, rwDirs: [join(dir, 'shared')] } }));
  } finally {
    rmSync(dir, { recursive: true });
  }
}

function compile(dir: string): string {
  const probe = join(dir, 'probe');
  execFileSync('cc', ['-O1', '-Wall', '-o', probe, source]);
  return probe;
}

const failedOf = (said: string) => said.trimEnd().split('\n').filter((line) => !line.endsWith(': ok'));

all('by fuse: all calls, and what they made is on the host', async () => {
  await inDir(async (dir, run) => {
    const ended = await run('fuse', compile(dir));
    assert.is(ended.status, 0, ended.stderr);
    const failed = failedOf(ended.stdout.toString());
    // Linux 6.2 has it for FUSE; the kernel refuses it before.
    assert.ok(['', 'O_TMPFILE: Operation not supported'].includes(failed.join('\n')), failed.join('\n'));
    assert.ok(ended.stdout.toString().split('\n').length > 35, ended.stdout.toString());
    const at = (name: string) => join(dir, 'shared', name);
    assert.ok(statSync(at('fifo')).isFIFO() && statSync(at('socket')).isSocket() && statSync(at('null')).isCharacterDevice());
    assert.is(statSync(at('attributes'), { bigint: true }).mtimeNs, 1_000_000_000_123_456_789n);
    assert.equal(['gone', 'two', 'three', 'link', 'log', 'mapped'].map((name) => readFileSync(at(name), 'utf8').slice(0, 7)), ['another', '1', '2', 'bef', 'two\n', 'bcaaaaa']);
    assert.is(statSync(at('link')).ino, statSync(at('linked')).ino);
  });
});

all('by fuse: directories are listed and moved whole, files of any size are the same on both sides', async () => {
  await inDir(async (dir, run) => {
    const at = (name: string) => join(dir, 'shared', name);
    for (let i = 0; i < 1500; i++) writeFileSync(at(`file ${i}`), String(i));
    const big = Buffer.from(Array.from({ length: 5_000_001 }, (_, i) => i * i % 251));
    writeFileSync(at('big'), big);
    // make would warn of a file from the future: by the host's clock, which is not the guest's hardware's.
    const script = 'touch new && test "$(date +%s%N)" -ge "$(stat -c %.9Y new | tr -d .)" && rm new && ls | wc -l && mkdir -p a/b/c && cp big a/b/c/ && mv a z && cmp big z/b/c/big && mv z/b . && rmdir z && rm "file "* && ls && cd b/c && truncate -s 3000000 big && sha256sum < big';
    const ended = await run('fuse', 'sh', '-c', script);
    assert.is(ended.stderr, '');
    const expected = execFileSync('sha256sum', { input: big.subarray(0, 3_000_000) }).toString();
    assert.is(ended.stdout.toString(), `1501\nb\nbig\n${expected}`);
    assert.ok(readFileSync(at('b/c/big')).equals(big.subarray(0, 3_000_000)));
    assert.equal([existsSync(at('z')), existsSync(at('file 7'))], [false, false]);
  });
});

all('by fuse: the guest gets nowhere but below the directory', async () => {
  await inDir(async (dir, run) => {
    writeFileSync(join(dir, 'outside'), 'host\n');
    symlinkSync(dir, join(dir, 'shared', 'out'));
    // A link leads through the guest's own files, where it writes to itself.
    const ended = await run('fuse', 'sh', '-c', 'echo guest > out/outside; echo guest > out/more; echo guest > ../outside; cat out/outside');
    assert.is(ended.stdout.toString(), 'guest\n', ended.stderr);
    assert.is(readFileSync(join(dir, 'outside'), 'utf8'), 'host\n');
    assert.not.ok(existsSync(join(dir, 'more')));
    assert.is(realpathSync(join(dir, 'shared', 'out')), realpathSync(dir));
  });
});

// The table is of 6.1.
const by9p = testIf(!kernelIsBefore(6, 0) && kernelIsBefore(6, 4), all);
by9p('by 9p: what the table says fails, and the first of what can be told is told in words', async () => {
  await inDir(async (dir, run) => {
    const ended = await run('9p', compile(dir));
    assert.is(ended.status, 0, ended.stderr);
    const failed = failedOf(ended.stdout.toString()).map((line) => line.split(':')[0]);
    for (const call of ['unlinked fallocate', 'unlinked, another by its name', 'alone ftruncate', 'alone fchmod', 'O_TMPFILE', 'security.capability', 'ACL', 'rename to a new name', 'rename, exchange', 'a time in nanoseconds, read']) assert.ok(failed.includes(call), `${call}: ${failed.join(', ')}`);
    if (failed.includes('mkfifo')) assert.match(ended.stderr, 'the guest could not make a fifo below --rw-dirs');
    assert.match(ended.stderr, "the guest could not set a file's size and times below --rw-dirs");
    assert.match(ended.stderr, 'the guest could not set security.capability of a file below --rw-dirs');
    assert.is(ended.stderr.match(/could not/g)?.length, failed.includes('mkfifo') ? 3 : 2, ended.stderr);
  });
});

all.run();
