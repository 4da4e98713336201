/** The guest has the host's files as they are, by 9p and by FUSE: all kinds, names, attributes and content. */
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, linkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { testIf } from '../../support/skip-unless.ts';
import { harness, makePlace, runVm, type Place } from '../vm.ts';

let place: Place | undefined;
const all = suite('files');
all.before(async () => { place = await makePlace(); });
all.after(() => place?.remove());

function make(dir: string): void {
  const at = (name: string) => join(dir, name);
  writeFileSync(at('empty'), '');
  writeFileSync(at('small'), 'small\n');
  writeFileSync(at('a page and a byte'), Buffer.alloc(4097, 7));
  writeFileSync(at('big'), Buffer.from(Array.from({ length: 3_000_001 }, (_, i) => i * i % 251)));
  writeFileSync(at('sparse'), 'x');
  truncateSync(at('sparse'), 5_000_000);
  writeFileSync(at('ein Näme\nwith a line'), 'odd');
  writeFileSync(at('n'.repeat(255)), 'long');
  writeFileSync(at('secret'), 'no');
  chmodSync(at('secret'), 0o4600);
  linkSync(at('small'), at('hard'));
  symlinkSync('small', at('link'));
  symlinkSync('/nowhere/at/all', at('dangling'));
  symlinkSync('x'.repeat(4000), at('far'));
  execFileSync('mkfifo', [at('fifo')]);
  utimesSync(at('empty'), 1, -86_400);
  mkdirSync(at('many'));
  for (let i = 0; i < 1500; i++) writeFileSync(at(`many/file ${i}`), String(i));
  let deep = dir;
  for (let i = 0; i < 40; i++) mkdirSync(deep = join(deep, `level-${i}`));
  writeFileSync(join(deep, 'bottom'), 'deep');
}

/** By find and sha256sum, which are the host's in the guest. Not the directories' sizes and times of looking. */
const look = 'cd "$1" && find . ! -type d -printf "%p %y %m %U %G %s %n %l %T@\\n" -o -printf "%p %y %m %U %G\\n" | sort && find . -type f -print0 | sort -z | xargs -0 sha256sum && ls many | wc -l';

for (const files of ['9p', 'fuse'] as const) {
  all(`by ${files}: what find and sha256sum see is what they see on the host`, async () => {
    if (place === undefined) throw new Error('no place');
    const dir = mkdtempSync('/var/tmp/kloop-test-');
    try {
      make(dir);
      const here = execFileSync('sh', ['-c', look, 'look', dir], { maxBuffer: 1 << 24, env: { PATH: process.env['PATH'], LC_ALL: 'C' } }).toString();
      const ended = await runVm(place, { request: { command: ['env', 'LC_ALL=C', 'sh', '-c', look, 'look', dir], cwd: '/', passEnv: [], files } });
      assert.is(ended.status, 0, ended.stderr);
      assert.is(ended.stdout.toString(), here);
      assert.not.match(ended.stderr, /by 9p/);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  all(`by ${files}: copied on write, renamed and removed in the guest, and as before on the host`, async () => {
    if (place === undefined) throw new Error('no place');
    const dir = mkdtempSync('/var/tmp/kloop-test-');
    try {
      for (const name of ['kept', 'written', 'removed', 'moved']) writeFileSync(join(dir, name), `${name}\n`);
      mkdirSync(join(dir, 'sub'));
      writeFileSync(join(dir, 'sub', 'in'), 'in\n');
      const change = 'cd "$1" && echo more >> written && rm removed && mv moved sub/ && mv sub other && mkdir new && echo new > new/file && ! cat removed 2>/dev/null && ls -1 . other new && cat kept written other/moved other/in new/file && head -c 3000000 /dev/zero > huge && wc -c < huge';
      const ended = await runVm(place, { request: { command: ['sh', '-c', change, 'change', dir], cwd: '/', passEnv: [], files } });
      assert.is(ended.status, 0, ended.stderr);
      assert.is(ended.stdout.toString(), '.:\nkept\nnew\nother\nwritten\n\nnew:\nfile\n\nother:\nin\nmoved\nkept\nwritten\nmore\nmoved\nin\nnew\n3000000\n');
      assert.is(execFileSync('sh', ['-c', 'cd "$1" && ls -1 . sub && cat kept written removed moved sub/in', 'look', dir]).toString(), '.:\nkept\nmoved\nremoved\nsub\nwritten\n\nsub:\nin\nkept\nwritten\nremoved\nmoved\nin\n');
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
}

/** Any but root; it has no home, and owns nothing. */
const ordinary = 65_533;
const canBeOrdinary = process.getuid?.() === 0 && [harness, process.env['KLOOP_TEST_KERNEL'] ?? ''].every((path) => spawnSync('test', ['-r', path], { uid: ordinary, gid: ordinary }).status === 0);
if (!canBeOrdinary) console.log("# files: an ordinary user's are not looked at: it takes root, and a kloop that others may read");

testIf(canBeOrdinary, all)("an ordinary user's guest has what the user may read on the host, and its root no more", async () => {
  if (place === undefined) throw new Error('no place');
  const dir = mkdtempSync('/var/tmp/kloop-test-');
  try {
    execFileSync('chown', ['-R', `${ordinary}:${ordinary}`, place.stateDir, dir]);
    writeFileSync(join(dir, 'root'), 'secret\n', { mode: 0o600 });
    writeFileSync(join(dir, 'own'), 'own\n', { mode: 0o600 });
    chownSync(join(dir, 'own'), ordinary, ordinary);
    const ended = await runVm(place, {
      uid: ordinary,
      request: { command: ['sh', '-c', 'id -u; cat own; cat root 2>/dev/null || echo refused; echo more >> own; cat own; stat -c "%u %a" own root'], cwd: dir, passEnv: [], files: 'fuse' },
    });
    assert.is(ended.status, 0, ended.stderr);
    assert.is(ended.stdout.toString(), `0\nown\nrefused\nown\nmore\n${ordinary} 600\n0 600\n`);
    assert.is(readFileSync(join(dir, 'own'), 'utf8'), 'own\n');
  } finally {
    rmSync(dir, { recursive: true });
  }
});

all("what kloop puts in place of files below --rw-dirs is the guest's: the host's stay as they are", async () => {
  if (place === undefined) throw new Error('no place');
  const dir = mkdtempSync('/var/tmp/kloop-test-');
  try {
    writeFileSync(join(dir, 'cleared'), "the host's\n");
    const ended = await runVm(place, { request: { command: ['sh', '-c', 'wc -c < cleared; echo more > written'], cwd: dir, passEnv: [], rwDirs: [dir], clearFiles: [join(dir, 'cleared')] } });
    assert.is(ended.status, 0, ended.stderr);
    assert.is(ended.stdout.toString(), '0\n');
    assert.is(execFileSync('sh', ['-c', 'cd "$1" && cat cleared written', 'look', dir]).toString(), "the host's\nmore\n");
  } finally {
    rmSync(dir, { recursive: true });
  }
});

all('what cannot be made below --rw-dirs is named once, in words', async () => {
  if (place === undefined) throw new Error('no place');
  const dir = mkdtempSync('/var/tmp/kloop-test-');
  try {
    const ended = await runVm(place, { request: { command: ['sh', '-c', 'mkfifo one && mkfifo two || { mkfifo two; mkfifo /tmp/three; }'], cwd: dir, passEnv: [], rwDirs: [dir] } });
    const said = ended.stderr.split('the guest could not make a fifo below --rw-dirs').length - 1;
    // QEMU 9.2 makes them.
    assert.is(said, existsSync(join(dir, 'one')) ? 0 : 1, ended.stderr);
    assert.is(ended.status, 0, ended.stderr);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

all.run();
