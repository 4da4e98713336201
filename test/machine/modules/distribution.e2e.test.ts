/**
 * A distribution's own kernel, whose drivers are modules: Debian's package,
 * unpacked into a directory, never installed.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findProgram } from '../../../tasks/host/files.ts';
import { kloop } from '../../support/kloop.ts';

const cache = process.env['KLOOP_TEST_CACHE'];
const test = suite("a distribution's kernel");

/** The parts of the package that a VM needs, and a module to ask for afterwards. */
const parts = [
  './boot/*', './lib/modules/*/modules.*', ...['drivers/virtio', 'drivers/char', 'drivers/net/virtio_net.ko', 'drivers/net/net_failover.ko', 'drivers/net/dummy.ko', 'drivers/block/virtio_blk.ko', 'fs/9p', 'fs/fuse', 'fs/fscache', 'fs/netfs', 'fs/overlayfs', 'net/9p', 'net/core', 'drivers/nvme', 'drivers/nvdimm', 'drivers/acpi/nfit', 'block/t10-pi.ko', 'lib/crc*', 'crypto/crct10dif_common.ko'].map((path) => `./lib/modules/*/kernel/${path}`),
];

/** The newest kernel package of this Debian, once. @returns the directory that it is unpacked in; or, in words, why there is none */
function unpacked(): { dir: string } | string {
  if (cache === undefined) return 'needs KLOOP_TEST_CACHE';
  if (['apt-cache', 'apt-get', 'dpkg-deb'].some((program) => findProgram(program) === undefined)) return 'for lack of apt';
  const dir = join(cache, 'distribution');
  const hasAll = existsSync(join(dir, 'boot')) && readdirSync(join(dir, 'lib/modules')).every((release) => existsSync(join(dir, 'lib/modules', release, 'kernel/drivers/nvme')));
  if (hasAll) return { dir };
  const name = /Depends: (linux-image-\S+)/.exec(spawnSync('apt-cache', ['depends', 'linux-image-amd64'], { encoding: 'utf8' }).stdout)?.[1];
  if (name === undefined) return 'apt knows no linux-image-amd64';
  const fresh = `${dir}.new`;
  rmSync(fresh, { recursive: true, force: true });
  mkdirSync(fresh, { recursive: true });
  const got = spawnSync('apt-get', ['download', name], { cwd: fresh, encoding: 'utf8' });
  const file = readdirSync(fresh).find((one) => one.endsWith('.deb'));
  if (got.status !== 0 || file === undefined) return `${name} cannot be downloaded: ${got.stderr}`;
  execFileSync('sh', ['-c', 'dpkg-deb --fsys-tarfile "$0" | tar -x --wildcards "$@"', file, ...parts], { cwd: fresh });
  rmSync(join(fresh, file));
  rmSync(dir, { recursive: true, force: true });
  renameSync(fresh, dir);
  return { dir };
}

const found = unpacked();
if (typeof found === 'string') {
  console.log(`# skipped: ${found}`);
  test.skip('needs a kernel package', () => undefined);
} else {
  const original = found.dir;
  const release = readdirSync(join(original, 'lib/modules'))[0] ?? '';
  const imageIn = (dir: string) => join(dir, 'boot', `vmlinuz-${release}`);
  const modulesIn = (dir: string) => join(dir, 'lib/modules', release);
  const vm = (dir: string, ...args: string[]) => kloop(['vm', '--kernel', imageIn(dir), ...args]);

  /** A copy with the modules to be tampered with: hard links, for the contents stay. */
  function copied(): string {
    const dir = mkdtempSync(join(cache ?? '', 'distribution-'));
    execFileSync('cp', ['--recursive', '--link', join(original, 'boot'), join(original, 'lib'), dir]);
    return dir;
  }

  test('it boots with its modules, and modprobe finds more; nothing is written beside them', async () => {
    const dir = original;
    const before = readdirSync(modulesIn(dir));
    const ended = await vm(dir, '--net', '--', 'sh', '-c', 'uname -r; modprobe dummy numdummies=1 && ip -br link show dummy0; ip -br -4 addr show scope global; touch /etc/kloop-test && echo copied on write');
    assert.is(ended.status, 0, ended.stderr);
    const [first, dummy, nic, last] = ended.stdout.trim().split('\n');
    assert.is(first, release);
    assert.match(dummy ?? '', /^dummy0 /);
    assert.match(nic ?? '', '10.0.2.15/24');
    assert.is(last, 'copied on write');
    assert.equal(readdirSync(modulesIn(dir)), before);
    assert.not(existsSync('/etc/kloop-test'));
  });

  test("the second time nothing is listed or packed; on q35, for it finds no microvm's devices", async () => {
    const state = join(process.env['STATE_DIR'] ?? '', 'modules');
    const times = () => Object.fromEntries(readdirSync(state, { recursive: true, encoding: 'utf8' }).sort().map((name) => [name, statSync(join(state, name)).mtimeMs]));
    const before = times();
    const ended = await vm(original, '--net', '--dry-run');
    assert.match(ended.stdout, '-machine q35', ended.stderr);
    assert.equal(times(), before);
  });

  test('an NVMe drive, persistent memory, and two nodes', async () => {
    // The kernel looks for the memory's regions beside what else it does.
    const ended = await vm(original, '--nvme', '64M', '--pmem', '128M', '--numa', '2', '--', 'sh', '-c', 'i=0; until [ -e /dev/pmem0 ] || [ $i = 100 ]; do sleep 0.1; i=$((i + 1)); done; for d in nvme0n1 pmem0; do echo $d > /dev/$d; read -r line < /dev/$d; echo $line $(cat /sys/block/$d/size); done; cat /sys/devices/system/node/online');
    assert.is(ended.stdout, `nvme0n1 ${64 * 2048}\npmem0 ${128 * 2048}\n0-1\n`, ended.stderr);
    assert.not.match(ended.stderr, 'the kernel complained');
  });

  test('without its modules: said before anything starts', async () => {
    const dir = copied();
    try {
      rmSync(join(dir, 'lib'), { recursive: true });
      const ended = await vm(dir, '--', 'true');
      assert.is(ended.status, 125);
      assert.match(ended.stderr, `needs its modules, and there is no /lib/modules/${release}`);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  test("without 9p, as Red Hat's: by FUSE; what that cannot do is refused", async () => {
    const dir = copied();
    try {
      rmSync(join(modulesIn(dir), 'kernel/fs/9p'), { recursive: true });
      const ended = await vm(dir, '--', 'sh', '-c', 'uname -r; touch /etc/kloop-test && echo copied on write; grep -c 9p /proc/modules');
      assert.is(ended.stdout, `${release}\ncopied on write\n0\n`, ended.stderr);
      const written = await vm(dir, '--rw-dirs', dir, '--', 'sh', '-c', `echo written > ${dir}/of-the-guest`);
      assert.is(written.status, 0, written.stderr);
      assert.is(readFileSync(join(dir, 'of-the-guest'), 'utf8'), 'written\n');
      const refused = await vm(dir, '--systemd', '--', 'true');
      assert.is(refused.status, 125);
      assert.match(refused.stderr, 'cannot run in a VM: it has no 9p');
      assert.match(refused.stderr, 'It has FUSE, by which it runs without --systemd and --run-as');
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  test('with neither 9p nor FUSE: which driver, and what for', async () => {
    const dir = copied();
    try {
      for (const name of ['9p', 'fuse']) rmSync(join(modulesIn(dir), 'kernel/fs', name), { recursive: true });
      const ended = await vm(dir, '--', 'true');
      assert.is(ended.status, 125);
      assert.match(ended.stderr, 'cannot run in a VM: it has no 9p');
      assert.match(ended.stderr, "9p (the host's file system as root) is neither built in nor in");
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  test('with modules of another build: which one the kernel refused', async () => {
    const dir = copied();
    try {
      // What binds a module to its kernel is its version magic; a kernel that wants signatures sees those first.
      const path = join(modulesIn(dir), 'kernel/fs/fuse/fuse.ko');
      const module = readFileSync(path);
      const at = module.indexOf(`vermagic=${release}`);
      module.write('vermagic=X', at, 'latin1');
      rmSync(path);
      writeFileSync(path, module);
      const ended = await vm(dir, '--', 'true');
      assert.is(ended.status, 125, ended.stderr);
      assert.match(ended.stderr, /the guest cannot continue: loading modules\/fuse\.ko: (Exec format error|Key was rejected)/, ended.stderr);
      assert.match(ended.stderr, 'Its modules are probably from another build than the kernel.');
      assert.match(ended.stderr, 'an image and its modules come from one package');
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
}

test.run();
