import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { featureLines, kernelFeatures, namedAndLacking } from '../../config/features.ts';
import { parseFragment } from '../../tasks/kernel/config/text.ts';

const root = join(import.meta.dirname, '../..');
const asked = (path: string) => parseFragment(readFileSync(join(root, path), 'utf8'), path).requested.flatMap(({ option, value }) => (value === 'y' ? [option] : []));

/** What Kconfig has on by default where its menu is: none of ours asks for these. */
const byDefault = new Set(['COREDUMP', 'ACPI_NUMA']);

test("each feature's options are asked for where it says", () => {
  for (const { name, options, whereKnown = [], fragment } of kernelFeatures) {
    const there = asked(fragment === undefined ? 'kernel.config' : `config/fragments/${fragment}.config`);
    assert.equal([...options, ...whereKnown].filter((option) => !there.includes(option) && !byDefault.has(option)), [], name);
  }
  assert.is(new Set(kernelFeatures.map(({ name }) => name)).size, kernelFeatures.length);
});

test('a command that names what its kernel lacks', () => {
  const none = '# CONFIG_BLK_DEV_LOOP is not set\nCONFIG_CGROUPS=y\n';
  assert.equal(namedAndLacking('sh -c mount -o loop /tmp/a /mnt', none),
    ["'mount -o loop' needs CONFIG_BLK_DEV_LOOP=y, which this kernel does not have: kernel.config has it"]);
  assert.equal(namedAndLacking('ip link add wg0 type wireguard', none),
    ["'wireguard' needs CONFIG_WIREGUARD=y, which this kernel does not have: KERNEL_FRAGMENTS=network has it"]);
  assert.equal(namedAndLacking('sh -c modprobe dummy && ./test.sh', none),
    ["'modprobe' needs CONFIG_MODULES=y, which this kernel does not have: KERNEL_FRAGMENTS=modules has it"]);
  assert.equal(namedAndLacking('perf trace -e openat ls', 'CONFIG_PERF_EVENTS=y\n').length, 1);
  assert.equal(namedAndLacking('mount -o loop a /mnt', 'CONFIG_BLK_DEV_LOOP=m\n'), []);
  assert.equal(namedAndLacking('mount -o loop a /mnt', 'CONFIG_BLK_DEV_LOOP=y\n# CONFIG_BLK_DEV_WRITE_MOUNTED is not set\n'),
    ["'mount -o loop' needs CONFIG_BLK_DEV_WRITE_MOUNTED=y, which this kernel does not have: kernel.config has it"]);
  assert.equal(namedAndLacking('iptables -A INPUT -m owner --uid-owner 1', 'CONFIG_IP_NF_IPTABLES=y\n'),
    ["'iptables -A INPUT -m owner' needs CONFIG_NETFILTER_XT_MATCH_OWNER=y, which this kernel does not have: kernel.config has it"]);
  assert.match(namedAndLacking('cat /sys/kernel/tracing/trace', none).join(), 'KERNEL_FRAGMENTS=tracing has it');
  assert.equal(namedAndLacking('mount -o loop a /mnt', undefined), [], 'nothing is known of it');
  assert.equal(namedAndLacking('./test.sh; mount /dev/vda /mnt; echo loop', none), []);
});

test('what the kernel of kernel.config has not names the fragment that has it', () => {
  const who = (command: string) => /KERNEL_FRAGMENTS=(\S+)/.exec(namedAndLacking(command, 'CONFIG_NF_TABLES=y\nCONFIG_NET_SCH_NETEM=y\n').join('\n'))?.[1];
  for (const command of [
    'ip link add bond0 type bond', 'ip link add v type vxlan id 1', 'ip link add wg0 type wireguard', 'ip link add g type gretap', 'ip link add t type ipip',
    'ip xfrm state add src a dst b', 'tc qdisc add dev d root cake', 'nft add table bridge t',
  ]) assert.is(who(command), 'network', command);
  for (const command of ['mount -t xfs a /mnt', 'mount -t btrfs a /mnt', 'mount -t squashfs a /mnt']) assert.is(who(command), 'filesystems', command);
  for (const command of ['trace-cmd record ls', 'perf trace ls', 'mount -t tracefs t /t']) assert.is(who(command), 'tracing', command);
  assert.is(who('bpftrace -l'), 'btf');
});

test('the list says what is there, what a fragment has, and what this kernel knows nothing of', () => {
  const lines = featureLines('CONFIG_BLK_DEV_LOOP=y\n', (option) => option !== 'WIREGUARD').split('\n');
  const line = (name: string) => lines.find((one) => one.includes(name))?.replaceAll(/ +/g, ' ');
  assert.is(line('loop devices'), 'yes loop devices: mount -o loop');
  assert.is(line('VXLAN'), 'no VXLAN CONFIG_VXLAN=y; KERNEL_FRAGMENTS=network has it');
  assert.is(line('WireGuard'), 'no WireGuard this kernel has no CONFIG_WIREGUARD');
});

test.run();
