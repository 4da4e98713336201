import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { pack, type PackRequest } from '../../tasks/evidence/pack.ts';
import { Processes } from '../../tasks/host/processes/process.ts';
import { formatFailure, isFailure } from '../../tasks/report/failure.ts';

let dir: string;
test.before.each(() => {
  dir = mkdtempSync(join(tmpdir(), 'kloop pack-'));
  mkdirSync(join(dir, 'evidence', '20261126-152009'), { recursive: true });
  writeFileSync(join(dir, 'evidence', '20261126-152009', 'README.md'), '# It\n');
  mkdirSync(join(dir, 'cwd'));
});
test.after.each(() => rmSync(dir, { recursive: true, force: true }));

const processes = new Processes();
async function packed(file?: string, lacking: readonly string[] = []): Promise<string> {
  const request: PackRequest = {
    evidence: { name: '20261126-152009', dir: join(dir, 'evidence', '20261126-152009') }, file: file === undefined ? undefined : join(dir, 'cwd', file), cwd: join(dir, 'cwd'),
    processes: { run: (command) => processes.run(command), has: (program) => !lacking.includes(program) && processes.has(program) }, signal: new AbortController().signal,
  };
  const made = await pack(request);
  return isFailure(made) ? formatFailure(made) : `${made.file.slice(dir.length + 1)}${made.note === undefined ? '' : ` (${made.note})`}`;
}
const listed = (file: string, ...how: string[]) => execFileSync('tar', [...how, '-tvf', join(dir, 'cwd', file)], { encoding: 'utf8' });

test('by zstd, under its own name, with what it holds in a directory of its own', async () => {
  assert.is(await packed(), 'cwd/kloop-evidence-20261126-152009.tar.zst');
  const lines = listed('kloop-evidence-20261126-152009.tar.zst', '--zstd');
  assert.match(lines, /^drwx\S+ 0\/0 .* 20261126-152009\/\n-\S+ 0\/0 .* 20261126-152009\/README\.md\n$/);
  execFileSync('tar', ['--zstd', '-xf', join(dir, 'cwd', 'kloop-evidence-20261126-152009.tar.zst'), '-C', join(dir, 'cwd')]);
  assert.is(readFileSync(join(dir, 'cwd', '20261126-152009', 'README.md'), 'utf8'), '# It\n');
});

test('a name that ends so is packed so', async () => {
  assert.is(await packed('it.tar.gz'), 'cwd/it.tar.gz');
  assert.is(await packed('it.tgz'), 'cwd/it.tgz');
  assert.match(listed('it.tar.gz', '-z'), '20261126-152009/README.md');
  assert.equal(readdirSync(join(dir, 'cwd')).sort(), ['it.tar.gz', 'it.tgz']);
});

test('another ending is refused with one that is taken', async () => {
  assert.is(await packed('it.zip'), "kloop: evidence is packed as .tar.zst or .tar.gz, not as it.zip\n  Next: npm run evidence -- pack last it.tar.zst\n");
});

test('without zstd gzip does it, and that is said; asked for by name it is missing', async () => {
  assert.is(await packed(undefined, ['zstd']), 'cwd/kloop-evidence-20261126-152009.tar.gz (packed by gzip: there is no zstd here (npm run packages -- --install))');
  assert.match(await packed('it.tar.zst', ['zstd']), /^kloop: packing it\.tar\.zst needs the program 'zstd', which is not on PATH\n {2}Next: npm run packages -- --install\n$/);
});

test('what cannot be written is a failure, and leaves nothing', async () => {
  assert.match(await packed('no/it.tar.gz'), /^tar.*\nkloop: packing .*no\/it\.tar\.gz failed: tar ended with status 2\n/s);
  mkdirSync(join(dir, 'cwd', 'there.tar.gz'));
  assert.match(await packed('there.tar.gz'), /^kloop: packing evidence failed: .*there\.tar\.gz/);
  assert.equal(readdirSync(join(dir, 'cwd')), ['there.tar.gz']);
});

test.run();
