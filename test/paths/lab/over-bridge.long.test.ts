/** The commands that shape what is on a bridge, on a kernel that has what they take: the guest's, which is the host here. (nics.e2e.test.ts has what a VM on a bridge gets of it.) */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { plainLink } from '../../../tasks/paths/link.ts';
import { shapeCommands, tryShaping } from '../../../tasks/paths/over-bridge.ts';
import { configOfKernel } from '../../../tasks/machine/run/prepare.ts';
import { kloop, root } from '../../support/kloop.ts';
import { testIf } from '../../support/skip-unless.ts';
import { kernel, labPlace } from './lab-place.ts';

const { dir, env } = labPlace(test);
const can = /^CONFIG_IFB=y$/m.test(configOfKernel(kernel) ?? '');
if (!can) console.log('# skipped: KLOOP_TEST_KERNEL has no CONFIG_IFB');

testIf(can, test)('each direction has its delay and its losses; an ifb whose tap has gone goes with the next, and one of the user stays', async () => {
  // A pair of devices in the place of the tap, with the VM's end in a namespace.
  writeFileSync(join(dir, 'shape.sh'), shapeCommands({ down: { ...plainLink, delay: 60 }, up: { ...plainLink, delay: 20, rate: 5e6, loss: 0.5 } }).join('\n'));
  writeFileSync(join(dir, 'try.sh'), tryShaping);
  writeFileSync(join(dir, 'rig.sh'), `set -e
    unshare --net sh ${join(dir, 'try.sh')}
    ip link add br0 type bridge; ip addr add 10.9.0.1/24 dev br0; ip link set br0 up; ip netns add vm
    connect() {
      ip link add kt$1 type veth peer name eth0 netns vm; ip link set kt$1 master br0 up
      ip -n vm addr add 10.9.0.2/24 dev eth0; ip -n vm link set eth0 up
      sh ${join(dir, 'shape.sh')} kt$1
    }
    connect 0
    until ip netns exec vm ping -c 1 -W 1 -q 10.9.0.1 >/dev/null; do :; done
    ip netns exec vm ping -c 200 -i 0.02 -q 10.9.0.1 | sed -n 's/.* \\([0-9]*\\) received.*/came \\1/p; s/^rtt.*= \\([0-9.]*\\).*/least \\1/p'
    # Of the user's, by names such as ours: one in the way, one with an alias, and no ifb.
    ip link add kp1 type ifb; ip link add kp7 type ifb; ip link set kp7 alias mine; ip link add kp8 type bridge; ip link set kp8 alias 'kloop kt8'
    ip link del kt0; connect 1
    echo left $(ls /sys/class/net | grep kp)
  `);
  const { status, stdout, stderr } = await kloop(['vm', '--kernel', kernel, '--timeout', '60s', '--', 'bash', join(dir, 'rig.sh')], { cwd: dir, env });
  assert.is(status, 0, stderr);
  const value = (name: string) => Number(new RegExp(`^${name} ([\\d.]+)$`, 'm').exec(stdout)?.[1]);
  assert.ok(value('least') >= 80 && value('least') < 95, stdout);
  // Of 200 half are lost, with a deviation of 7: four of them.
  assert.ok(value('came') > 70 && value('came') < 130, stdout);
  assert.match(stdout, /^left kp1 kp1_ kp7 kp8$/m);
});

testIf(can, test)('a VM with a path over a bridge lists it, and leaves it as it is', async () => {
  // kloop in a guest, with a bridge of its own: a VM in a VM.
  writeFileSync(join(dir, 'host.sh'), `set -e
    mkdir -p /run/user; export XDG_RUNTIME_DIR=/run/user STATE_DIR=/run/state VM_BOOT_TIMEOUT=200s VM_LEASE_TIMEOUT=100s VM_ACCEL=tcg VM_FILES=9p
    kloop() { node ${join(root, 'tasks/launch.cjs')} "$@"; }
    ip link add br0 type bridge; ip addr add 10.9.0.1/24 dev br0; ip link set br0 up
    dnsmasq --conf-file=/dev/null --port=0 --user=root --interface=br0 --bind-interfaces --no-ping --dhcp-range=10.9.0.50,10.9.0.150 --dhcp-leasefile=/run/leases --pid-file=/run/dnsmasq.pid
    kloop vm --kernel ${kernel} --no-multipath --path lte@br0:delay=300ms,jitter=0ms --net -- sh -c 'ping -c 3 -W 9 -q 10.9.0.1; echo begun; sleep 1000' >/run/out &
    tail -F /run/out 2>/dev/null | sed '/begun/q'
    kloop path
    kloop path --json
    kloop path cut eth0 || echo status $?
    kloop path --watch || echo status $?
    kloop stop
    wait
    ls /sys/class/net
  `);
  const { status, stdout, stderr } = await kloop(['vm', '--kernel', kernel, '--mem', '3G', '--timeout', '400s', '--', 'bash', join(dir, 'host.sh')], { cwd: dir, env });
  assert.is(status, 0, `${stdout}\n${stderr}`);
  assert.match(stdout, /^eth0 +up +12mbit, 300ms, .*\(over br0\)$/m);
  assert.match(stdout, /"name": "eth0",\s+"is": "up",\s+"bridge": "br0",\s+"down": \{\s+"rate": 12000000,/);
  assert.ok(Number(/^rtt.*= ([\d.]+)/m.exec(stdout)?.[1]) >= 600, stdout);
  assert.match(stderr, 'path cut eth0: it lies over br0, and stays as it was at the start');
  assert.match(stderr, 'lie over bridges: what goes over them is not counted');
});

test.run();
