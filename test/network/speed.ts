/**
 * The bridge's and the NICs' speeds, in network namespaces: a part of `npm run
 * bench`, which gives it a kernel and reads what it prints, as JSON.
 * By hand: `node --import tsx test/network/speed.ts VMLINUX [PAIRS]`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { networkNames } from '../../tasks/bench/network.ts';
import { measure, type Comparison, type Measured } from '../../tasks/bench/pairs.ts';
import { FakeHost } from '../support/fake-host.ts';
import { compileLittle } from '../support/little-programs.ts';

async function seconds(run: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await run();
  return (performance.now() - began) / 1000;
}

async function must(ended: Promise<{ status: number | null; stdout: string; stderr: string }>): Promise<string> {
  const { status, stdout, stderr } = await ended;
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

/** `bridge` against the same commands in a shell script, and where it is up already. */
async function bridgeSpeeds(host: FakeHost): Promise<Comparison[]> {
  const script = (await must(host.kloop(['bridge', '--dry-run']))).replaceAll(/ {3}# .*$/gm, '');
  const down = async () => { await must(host.kloop(['bridge', 'down'])); };
  const startsOnly = () => must(host.kloop(['--version']));
  return [
    {
      name: networkNames.again,
      a: { label: 'kloop bridge', prepare: async () => { await must(host.kloop(['bridge'])); }, run: () => seconds(() => must(host.kloop(['bridge']))) },
      b: { label: "kloop's start", run: () => seconds(startsOnly) },
      goal: { is: 'beside', most: 0.1 },
    },
    {
      name: networkNames.up,
      a: { label: 'kloop bridge', prepare: down, run: () => seconds(() => must(host.kloop(['bridge']))) },
      b: {
        label: "its commands in a script, and kloop's start",
        prepare: down,
        run: async () => {
          const taken = await seconds(async () => {
            await must(host.start('host', ['sh', '-ec', script]).ended);
            await startsOnly();
          });
          host.host('sh', '-c', 'ip link del bridge0; rm -rf /etc/qemu /run/kloop');
          host.configureAgain();
          return taken;
        },
      },
      goal: { is: 'beside', most: 0.1 },
    },
  ];
}

/** Guest time at the command's start with two leases, against two NICs that need none and one lease by the client alone. */
function leaseSpeeds(host: FakeHost, kernel: string): Comparison {
  const uptime = async (nics: readonly string[]) =>
    Number((await must(host.kloop(['vm', '--kernel', kernel, ...nics, '--', 'cut', '-d ', '-f1', '/proc/uptime']))).trim());
  const alone = async () => {
    // As init runs it, once, in a guest whose NIC is up already: from its start to its lease.
    const out = await must(host.kloop(['vm', '--kernel', kernel, '--bridge', 'bridge0', '--', 'sh', '-c',
      'read a _ </proc/uptime; udhcpc -q -n -f -i eth0 -s /proc/1/exe >/dev/null 2>&1; read b _ </proc/uptime; echo $a $b']));
    const [from = 0, to = 0] = out.trim().split(' ').map(Number);
    return to - from;
  };
  return {
    name: networkNames.leases,
    a: { label: 'two leases', run: () => uptime(['--bridge', 'bridge0', 'bridge0']) },
    b: { label: 'no lease, and one by the client alone', run: async () => (await uptime(['--net', '--net'])) + (await alone()) },
    goal: { is: 'beside', most: 0.2 },
  };
}

/** Guest to router through the bridge, against the same QEMU line with a tap that was made by hand. */
async function throughput(host: FakeHost, kernel: string, dir: string): Promise<Comparison> {
  const program = compileLittle('mptcp', dir);
  const rates: number[] = [];
  const sink = await host.background('router', [program, 'sink', '7778'], 'listening');
  sink.stdout?.on('data', (chunk: Buffer) => {
    const [bytes = 0, took = 1] = chunk.toString().trim().split(' ').map(Number);
    rates.push(bytes / took / 1e6);
  });
  const command = ['sh', '-c', `dd if=/dev/zero bs=1M count=96 2>/dev/null | PLAIN=1 ${program} send 10.77.0.1 7778`];
  const args = ['vm', '--kernel', kernel, '--bridge', 'bridge0'];
  host.host('sh', '-c', 'ip tuntap add dev hand0 mode tap; ip link set dev hand0 master bridge0 up');
  const pasted = (await must(host.kloop([...args, '--dry-run', '--', ...command]))).replace(/ifname=kt%d,script=[^ ]*?,downscript=no/, 'ifname=hand0,script=no,downscript=no');
  const rate = async (run: () => Promise<unknown>) => {
    const count = rates.length;
    await run();
    await host.until('the sink', () => rates.length > count, 30_000);
    return rates[count] ?? Number.NaN;
  };
  return {
    name: networkNames.throughput,
    unit: 'MB/s',
    a: { label: 'kloop', run: () => rate(() => must(host.kloop([...args, '--', ...command]))) },
    b: { label: 'a tap made by hand', run: () => rate(() => host.start('host', ['sh', '-c', pasted]).ended) },
    goal: { is: 'share', least: 0.95 },
  };
}

const [kernel = '', pairs = '5', part = ''] = process.argv.slice(2);
const host = await FakeHost.start();
const dir = mkdtempSync('/var/tmp/kloop-speed-');
const rows: Measured[] = [];
const one = async (comparison: Comparison) => {
  if (!comparison.name.includes(part)) return;
  console.error(`measuring: ${comparison.name}`);
  rows.push(await measure(comparison, Number(pairs), () => performance.now()));
};
try {
  host.configureStatically();
  for (const comparison of await bridgeSpeeds(host)) await one(comparison);
  await must(host.kloop(['bridge']));
  await one(leaseSpeeds(host, kernel));
  await one(await throughput(host, kernel, dir));
} finally {
  host.stop();
  rmSync(dir, { recursive: true });
}
console.log(JSON.stringify(rows));
