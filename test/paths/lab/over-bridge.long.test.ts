/** The commands that shape what is on a bridge, on a kernel that has what they take: the guest's, which is the host here. (nics.e2e.test.ts has what a VM on a bridge gets of it.) */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { plainLink } from '../../../tasks/paths/link.ts';
import { shapeCommands, tryShaping } from '../../../tasks/paths/over-bridge.ts';
import { configOfKernel } from '../../../tasks/machine/run/prepare.ts';
import { kloop } from '../../support/kloop.ts';
import { testIf } from '../../support/skip-unless.ts';
import { kernel, labPlace } from './lab-place.ts';

const { dir, env } = labPlace(test);
const can = /^CONFIG_IFB=y$/m.test(configOfKernel(kernel) ?? '');
if (!can) console.log('# skipped: KLOOP_TEST_KERNEL has no CONFIG_IFB');

testIf(can, test)('each direction has its delay and its losses; an ifb whose tap has gone goes with the next', async () => {
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
    ip link del kt0; connect 1
    echo left $(ls /sys/class/net | grep kp)
  `);
  const { status, stdout, stderr } = await kloop(['vm', '--kernel', kernel, '--timeout', '60s', '--', 'bash', join(dir, 'rig.sh')], { cwd: dir, env });
  assert.is(status, 0, stderr);
  const value = (name: string) => Number(new RegExp(`^${name} ([\\d.]+)$`, 'm').exec(stdout)?.[1]);
  assert.ok(value('least') >= 80 && value('least') < 95, stdout);
  // Of 200 half are lost, with a deviation of 7: four of them.
  assert.ok(value('came') > 70 && value('came') < 130, stdout);
  assert.match(stdout, /^left kp1$/m);
});

test.run();
