/** A kernel with the fragments for networks, file systems, hardware and tracing: what they are for works in the guest. */
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findProgram } from '../../../tasks/host/files.ts';
import { kloop } from '../../support/kloop.ts';
import { testIf } from '../../support/skip-unless.ts';
import { makePlace, startGuest, type Place, type StartedGuest } from '../vm.ts';

const directory = join(process.env['KLOOP_TEST_CACHE'] ?? '', 'fragments');
const env = {
  // A tree of its own: Kbuild refuses `O=` for one that was built in.
  REPOS_DIR: join(directory, 'repos'),
  STATE_DIR: join(directory, 'state'),
  KERNEL_BUILD_DIR: join(directory, 'build'),
  KERNEL_FRAGMENTS: 'network,filesystems,hardware,tracing',
};
let place: Place | undefined;
let guest: StartedGuest | undefined;

test.before(async () => {
  const built = await kloop(['kernel', '--no-image'], { env });
  assert.is(built.status, 0, built.stderr);
  assert.not.match(built.stderr, 'did not stick');
  place = await makePlace();
  guest = await startGuest(place, { kernel: join(env.KERNEL_BUILD_DIR, 'vmlinux'), nvme: [64 << 20], pmemBytes: [1 << 29], numaNodes: 2 });
});
test.after(async () => {
  await guest?.stop();
  place?.remove();
});

async function run(script: string): Promise<string> {
  if (guest === undefined) throw new Error('no guest');
  const { status, text } = await guest.run({ argv: ['sh', '-ec', script], cwd: '/tmp', env: [`PATH=${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`, `LD_LIBRARY_PATH=${process.env['LD_LIBRARY_PATH'] ?? ''}`] });
  assert.is(status, 0, text);
  return text;
}

function withPrograms(programs: readonly string[], name: string, body: () => Promise<void>): void {
  const lacking = programs.filter((program) => findProgram(program) === undefined);
  if (lacking.length > 0) console.log(`# fragments: '${name}' skipped, for lack of ${lacking.join(', ')}`);
  testIf(lacking.length === 0, test)(name, body);
}

withPrograms(['wg', 'ping'], 'WireGuard between two network namespaces', async () => {
  const said = await run(`
    ip netns add a; ip netns add b; ip link add va netns a type veth peer name vb netns b
    ip -n a addr add 192.0.2.1/24 dev va; ip -n b addr add 192.0.2.2/24 dev vb; ip -n a link set va up; ip -n b link set vb up
    wg genkey > ka; wg genkey > kb; pa=$(wg pubkey < ka); pb=$(wg pubkey < kb)
    for n in a b; do ip -n $n link add wg0 type wireguard; done
    ip netns exec a wg set wg0 listen-port 51820 private-key ka peer $pb allowed-ips 10.9.0.2/32 endpoint 192.0.2.2:51820
    ip netns exec b wg set wg0 listen-port 51820 private-key kb peer $pa allowed-ips 10.9.0.1/32
    ip -n a addr add 10.9.0.1/24 dev wg0; ip -n b addr add 10.9.0.2/24 dev wg0; ip -n a link set wg0 up; ip -n b link set wg0 up
    ip netns exec a ping -q -c 3 -W 10 10.9.0.2; ip netns exec a wg show wg0 transfer`);
  assert.match(said, /3 received/);
  assert.not.match(said, /\t0\t0$/m);
});

test('tunnels, IPsec, bonding, cake, and a table on a bridge', async () => {
  await run(`
    ip link add v0 type vxlan id 1 dstport 4789 dev lo; ip link add g0 type gretap local 127.0.0.1 remote 127.0.0.2
    ip link add t0 type ipip local 127.0.0.1 remote 127.0.0.3; ip link add b0 type bond mode active-backup; ip link add r0 type vrf table 10
    ip link add d0 type dummy; tc qdisc add dev d0 root cake bandwidth 10mbit
    ip xfrm state add src 10.0.0.1 dst 10.0.0.2 proto esp spi 1 mode tunnel aead 'rfc4106(gcm(aes))' 0x0123456789012345678901234567890123456789 128
    ! command -v nft >/dev/null || nft add table bridge t`);
});

for (const [name, mkfs, mib] of [['xfs', 'mkfs.xfs -q', 320], ['btrfs', 'mkfs.btrfs -q', 128]] as const) {
  withPrograms([`mkfs.${name}`, 'losetup'], `${name} in a file, by \`mount -o loop\``, async () => {
    assert.is(await run(`
      truncate -s ${mib}M ${name}.img; ${mkfs} ${name}.img >/dev/null
      mount -o loop ${name}.img /mnt; echo kept > /mnt/file; umount /mnt; mount -o loop ${name}.img /mnt; cat /mnt/file; umount /mnt; rm ${name}.img`), 'kept\n');
  });
}

withPrograms(['mksquashfs', 'losetup'], 'SquashFS in a file', async () => {
  assert.is(await run('mkdir tree; echo kept > tree/file; mksquashfs tree squash.img -quiet -no-progress >/dev/null; mount -o loop squash.img /mnt; cat /mnt/file; umount /mnt'), 'kept\n');
});

withPrograms(['trace-cmd'], 'trace-cmd: events, and the functions of one command', async () => {
  const said = await run('cd /tmp; trace-cmd record -q -p function -l vfs_read -e sched:sched_switch -o t.dat cat /proc/version >/dev/null 2>&1; trace-cmd report -q -i t.dat 2>/dev/null | grep -o "function: *vfs_read\\|sched_switch" | tr -d " " | sort | uniq');
  assert.is(said, 'function:vfs_read\nsched_switch\n');
});

withPrograms(['perf'], 'perf trace: the system calls of a command', async () => {
  assert.match(await run('perf trace -e openat cat /proc/version 2>&1 >/dev/null'), /cat\/\d+ openat\(.*= \d+$/m);
});

withPrograms(['mkfs.ext4'], 'an NVMe drive, persistent memory, and two nodes', async () => {
  const said = await run(`
    for disk in nvme0n1 pmem0; do mkfs.ext4 -q /dev/$disk; mount /dev/$disk /mnt; echo $disk > /mnt/file; cat /mnt/file; umount /mnt; done
    cat /sys/devices/system/node/online`);
  assert.is(said, 'nvme0n1\npmem0\n0-1\n');
});

withPrograms(['mkfs.ext4', 'ndctl'], 'persistent memory by DAX', async () => {
  const said = await run(`
    ndctl create-namespace -f -e namespace0.0 -m fsdax >/dev/null
    mkfs.ext4 -q -b 4096 /dev/pmem0; mount -o dax /dev/pmem0 /mnt; echo pmem > /mnt/file; cat /mnt/file; grep -c ' /mnt ext4 .*dax' /proc/mounts; umount /mnt`);
  assert.is(said, 'pmem\n1\n');
});

test.run();
