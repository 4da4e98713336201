/**
 * Real programs in the guest, which has the host's: those that use what a
 * minimal kernel lacks. One that is not installed is skipped, and counted.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findProgram } from '../../../tasks/host/files.ts';
import type { GuestCommand } from '../../../tasks/machine/description.ts';
import { testIf } from '../../support/skip-unless.ts';
import { kernelIsBefore, makePlace, startGuest, type Place, type StartedGuest } from '../vm.ts';

let place: Place | undefined;
let guest: StartedGuest | undefined;
/** The guest's own. */
let scratch: string;
/** What the guest writes here is the host's. */
let shared: string;

test.before(async () => {
  place = await makePlace();
  scratch = mkdtempSync('/var/tmp/kloop-test-');
  shared = join(scratch, 'shared');
  mkdirSync(shared);
  guest = await startGuest(place, { files: 'fuse', rwDirs: [shared], disks: [64 << 20], clearDirs: ['/var/lib/containers'] });
});
test.after(async () => {
  await guest?.stop();
  place?.remove();
  if (scratch !== undefined) rmSync(scratch, { recursive: true, force: true });
});

/** Runs a script, which ends at its first error; gives what it printed. */
async function run(script: string, more: Partial<GuestCommand> = {}): Promise<string> {
  if (guest === undefined) throw new Error('no guest');
  const { status, text } = await guest.run({ argv: ['sh', '-ec', script], cwd: scratch, env: [`PATH=${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`, 'HOME=/root', `LD_LIBRARY_PATH=${process.env['LD_LIBRARY_PATH'] ?? ''}`], ...more });
  assert.is(status, 0, text);
  return text;
}

function withPrograms(programs: readonly string[], name: string, body: () => Promise<void>): void {
  const lacking = programs.filter((program) => findProgram(program) === undefined);
  if (lacking.length > 0) console.log(`# programs: '${name}' skipped, for lack of ${lacking.join(', ')}`);
  testIf(lacking.length === 0, test)(name, body);
}

test('what the kernel shows of itself is mounted, and a cgroup limits its processes', async () => {
  assert.is(await run('stat -f -c %T /sys/fs/cgroup /sys/fs/bpf /sys/kernel/security /dev/mqueue'),
    'cgroup2fs\nbpf_fs\nsecurityfs\nmqueue\n');
  const said = await run(`
    cd /sys/fs/cgroup; cat cgroup.controllers; echo +pids > cgroup.subtree_control; mkdir one; echo 1 > one/pids.max
    sh -c 'echo $$ > one/cgroup.procs; (true); echo forked' 2>/dev/null || echo refused; rmdir one`);
  assert.match(said, /\bcpu\b.*\bio\b.*\bmemory\b.*\bpids\b.*\nrefused\n$/);
});

testIf(!kernelIsBefore(5, 13), test)('what programs try first: keys, Landlock, userfaultfd, io_uring, message queues, vsock, FUSE, time namespaces', async () => {
  execFileSync('cc', ['-O1', '-Wall', '-o', join(scratch, 'probe'), fileURLToPath(new URL('kernel-probe.c', import.meta.url)), '-lrt']);
  const names = ['keys', 'userfaultfd', 'io_uring', 'message queue', 'vsock', 'FUSE', 'time namespace', 'Landlock'];
  assert.is(await run('./probe'), names.map((name) => `${name}: ok\n`).join(''));
});

withPrograms(['iptables'], "iptables by a packet's owner and length", async () => {
  assert.match(await run('iptables -A OUTPUT -m owner --uid-owner 7 -m length --length 100:200 -j ACCEPT; iptables -S OUTPUT'), /--uid-owner 7 -m length --length 100:200 /);
});

withPrograms(['mkfs.ext4', 'losetup', 'debugfs'], "ext4 in a file, by `mount -o loop`: the guest's own, the host's, which is copied on write, and one below --rw-dirs", async () => {
  const images = ['/tmp/ext4', join(scratch, 'ext4'), join(shared, 'ext4')];
  for (const image of images.slice(1)) {
    writeFileSync(image, '');
    truncateSync(image, 16 << 20);
    execFileSync('mkfs.ext4', ['-q', '-F', image]);
  }
  const said = await run(`
    truncate -s 16M /tmp/ext4; mkfs.ext4 -q /tmp/ext4
    for image in ${images.join(' ')}; do
      mount -o loop $image /mnt; echo kept > /mnt/file; umount /mnt
      mount -o loop $image /mnt; cat /mnt/file; umount /mnt; e2fsck -fn $image >/dev/null 2>&1
    done`);
  assert.is(said, 'kept\nkept\nkept\n');
  const onHost = images.slice(1).map((image) => execFileSync('debugfs', ['-R', 'cat file', image], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  assert.equal(onHost, ['', 'kept\n']);
});

withPrograms(['mkswap', 'swapon', 'losetup'], 'swap on a disk and in a file', async () => {
  const said = await run(`
    disk=/dev/vda; mkswap $disk >/dev/null; swapon $disk
    truncate -s 16M /tmp/swap; loop=$(losetup -f --show /tmp/swap); mkswap $loop >/dev/null 2>&1; swapon $loop
    grep -c '^/dev/' /proc/swaps; swapoff -a; losetup -d $loop`);
  assert.is(said, '2\n');
});

withPrograms(['sqlite3'], 'sqlite with a write-ahead log, which two processes map: copied on write, and below --rw-dirs', async () => {
  for (const dir of [scratch, shared]) {
    assert.is(await run(`
      cd ${dir}; sqlite3 db 'PRAGMA journal_mode=WAL; CREATE TABLE t(x);'
      for i in 1 2 3; do sqlite3 db "PRAGMA busy_timeout=20000; INSERT INTO t VALUES ($i);" >/dev/null & done; wait
      sqlite3 db 'SELECT count(*), sum(x) FROM t; PRAGMA integrity_check;'`), 'wal\n3|6\nok\n', dir);
  }
  assert.is(execFileSync('sqlite3', [join(shared, 'db'), 'SELECT sum(x) FROM t'], { encoding: 'utf8' }), '6\n');
});

withPrograms(['gdb'], 'a core dump, which gdb opens', async () => {
  const said = await run(`ulimit -c unlimited; cd /tmp; sh -c 'kill -SEGV $$' || echo $?; cp core* ${shared}/core`);
  assert.match(said, /^139$/m);
  assert.match(execFileSync('gdb', ['-batch', '-ex', 'bt', '/bin/sh', join(shared, 'core')], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }), 'Program terminated with signal SIGSEGV');
});

withPrograms(['git'], 'git: commits, a clone, and a check of both', async () => {
  const said = await run(`
    export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
    git init -q one; cd one; seq 1000 > file; git add file; git commit -qm one; echo more >> file; git commit -qam two
    git gc -q; git fsck; cd ..; git clone -q one two; cd two; git status --porcelain; git log --format=%s`);
  assert.match(said, /two\none\n$/);
});

withPrograms(['gcc', 'make'], 'gcc, and make in a directory of the host, which has what it made', async () => {
  for (const name of ['main', 'other']) writeFileSync(join(shared, `${name}.c`), name === 'main' ? '#include <stdio.h>\nint other(void);\nint main(void) { printf("%d\\n", other()); return 0; }\n' : 'int other(void) { return 42; }\n');
  writeFileSync(join(shared, 'Makefile'), 'program: main.o other.o\n\tgcc -o $@ $^\n');
  assert.match(await run(`cd ${shared}; make -j2; ./program; make -q; rm main.o; make; ./program`), /^42$[^]*^42$/m);
  assert.is(execFileSync(join(shared, 'program'), { encoding: 'utf8' }), '42\n');
});

withPrograms(['dpkg', 'dpkg-deb'], 'dpkg: a package with scripts and a trigger, installed and purged; the host never hears of it', async () => {
  const said = await run(`
    mkdir -p p/DEBIAN p/usr/share/kloop-test p/etc; echo 1 > p/usr/share/kloop-test/file; echo c > p/etc/kloop-test.conf
    printf 'Package: kloop-test\\nVersion: 1\\nArchitecture: all\\nMaintainer: a <a@b>\\nDescription: t\\n' > p/DEBIAN/control
    echo /etc/kloop-test.conf > p/DEBIAN/conffiles; echo 'interest-noawait /usr/share/kloop-test' > p/DEBIAN/triggers
    printf '#!/bin/sh\\necho "postinst $1"\\n' > p/DEBIAN/postinst; chmod 755 p/DEBIAN/postinst
    dpkg-deb --build p p.deb >/dev/null; dpkg -i p.deb; dpkg -s kloop-test | grep ^Status; dpkg -V kloop-test
    dpkg -i p.deb; dpkg --purge kloop-test; test ! -e /etc/kloop-test.conf; dpkg --audit; dpkg -s kloop-test 2>/dev/null || echo gone`);
  assert.match(said, /postinst configure[^]*Status: install ok installed[^]*gone\n$/);
  assert.not.match(readFileSync('/var/lib/dpkg/status', 'utf8'), 'kloop-test');
});

withPrograms(['bpftool'], 'bpftool: a map that is pinned, changed and read', async () => {
  const said = await run(`
    m=/sys/fs/bpf/kloop; bpftool map create $m type hash key 4 value 4 entries 8 name kloop
    bpftool map update pinned $m key 1 0 0 0 value 7 0 0 0; bpftool map lookup pinned $m key 1 0 0 0; bpftool prog list`);
  assert.match(said, /value:\s+07 00 00 00|"value":/);
});

withPrograms(['fio'], 'fio on a disk by io_uring, with what it wrote checked', async () => {
  const said = await run('fio --name=t --ioengine=io_uring --filename=/dev/vda --rw=randwrite --bs=4k --size=8M --verify=crc32c --do_verify=1 --output-format=terse');
  assert.match(said, /;t;.*;0;/);
});

withPrograms(['podman', 'busybox'], "podman: a container of an image made from the host's busybox, its status, and a limit", async () => {
  const said = await run(`
    mkdir -p image/bin; for file in $(command -v busybox) $(ldd $(command -v busybox) | grep -o '/[^ ]*'); do mkdir -p image$(dirname $file); cp -L $file image$file; done
    ln -sf $(command -v busybox) image/bin/sh; tar -C image -c . | podman import -q - kloop-test >/dev/null
    podman run --rm --network none --pids-limit 20 kloop-test sh -c 'echo $$; busybox cat /sys/fs/cgroup/pids.max; busybox ls /sys/class/net'
    podman run --rm --network none kloop-test sh -c 'exit 7' || echo $?; podman images -q | wc -l`);
  assert.is(said, '1\n20\nlo\n7\n1\n');
});

test.run();
