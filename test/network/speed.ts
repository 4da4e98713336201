/**
 * The bridge's and the NICs' speeds, in namespaces: run by hand, with
 * KLOOP_TEST_KERNEL naming a vmlinux: `node --import tsx test/network/speed.ts`.
 * Prints a table, and JSON where asked (--json).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { median } from '../../tasks/bench/pairs.ts';
import { FakeHost } from '../support/fake-host.ts';
import { compileLittle } from '../support/little-programs.ts';
import { projectDir } from '../support/project.ts';

export interface Speed {
  readonly what: string;
  readonly kloop: number;
  readonly against: number;
  readonly unit: 's' | 'MB/s';
  readonly goal: string;
  readonly met: boolean;
  readonly pairs: number;
}

const launch = join(projectDir, 'tasks/launch.mjs');

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

/** `bridge` against the same commands in a shell script, and against kloop that does nothing. */
export async function bridgeSpeeds(host: FakeHost, pairs: number): Promise<Speed[]> {
  const script = (await must(host.kloop(['bridge', '--dry-run']))).replaceAll(/ {3}# .*$/gm, '');
  const up: number[] = [];
  const byHand: number[] = [];
  const probe: number[] = [];
  const nothing: number[] = [];
  for (let i = 0; i < pairs; i++) {
    up.push(await seconds(() => must(host.kloop(['bridge']))));
    probe.push(await seconds(() => must(host.kloop(['bridge']))));
    nothing.push(await seconds(() => must(host.kloop(['--version']))));
    await must(host.kloop(['bridge', 'down']));
    byHand.push(await seconds(() => must(host.start('host', ['sh', '-ec', script]).ended)));
    host.host('sh', '-c', 'ip link del bridge0; rm -rf /etc/qemu /run/kloop');
    host.configureAgain();
  }
  const base = median(nothing);
  return [
    { what: 'bridge, when it is up: beside starting kloop', kloop: median(probe) - base, against: 0, unit: 's', goal: '< 0.1', met: median(probe) - base < 0.1, pairs },
    { what: 'bridge up, beside starting kloop, against its commands in a script', kloop: median(up) - base, against: median(byHand), unit: 's', goal: '< script + 0.1', met: median(up) - base < median(byHand) + 0.1, pairs },
  ];
}

/** Guest time at the command's start, with two NICs on the bridge and with two that need no lease; against one lease by the client alone. */
export async function leaseSpeeds(host: FakeHost, kernel: string, pairs: number): Promise<Speed> {
  const uptime = async (nics: readonly string[]) =>
    Number((await must(host.kloop(['vm', '--kernel', kernel, ...nics, '--', 'cut', '-d ', '-f1', '/proc/uptime']))).trim());
  const alone = async () => {
    // As init runs it, once, in a guest whose NIC is up already: from its start to its lease.
    const out = await must(host.kloop(['vm', '--kernel', kernel, '--bridge', 'bridge0', '--', 'sh', '-c',
      'read a _ </proc/uptime; udhcpc -q -n -f -i eth0 -s /proc/1/exe >/dev/null 2>&1; read b _ </proc/uptime; echo $a $b']));
    const [from = 0, to = 0] = out.trim().split(' ').map(Number);
    return to - from;
  };
  const two: number[] = [];
  const none: number[] = [];
  const one: number[] = [];
  for (let i = 0; i < pairs; i++) {
    two.push(await uptime(['--bridge', 'bridge0', 'bridge0']));
    none.push(await uptime(['--net', '--net']));
    one.push(await alone());
  }
  const cost = median(two) - median(none);
  return { what: 'two leases in the guest, against one by the client alone', kloop: cost, against: median(one), unit: 's', goal: '<= lease + 0.2', met: cost <= median(one) + 0.2, pairs };
}

/** Guest to router through the bridge, against the same QEMU line with a tap that was made by hand. */
export async function throughput(host: FakeHost, kernel: string, pairs: number): Promise<Speed> {
  const dir = mkdtempSync('/var/tmp/kloop-speed-');
  try {
    const program = compileLittle('mptcp', dir);
    const rates: number[] = [];
    const sink = await host.background('router', [program, 'sink', '7778'], 'listening');
    sink.stdout?.on('data', (chunk: Buffer) => {
      const [bytes = 0, took = 1] = chunk.toString().trim().split(' ').map(Number);
      rates.push(bytes / took / 1e6);
    });
    const command = ['sh', '-c', `dd if=/dev/zero bs=1M count=96 2>/dev/null | PLAIN=1 ${program} send 10.77.0.1 7778`];
    const args = ['vm', '--kernel', kernel, '--bridge', 'bridge0'];
    const received = async (count: number) => host.until('the sink', () => rates.length >= count, 30_000);
    const ours: number[] = [];
    const byHand: number[] = [];
    host.host('sh', '-c', 'ip tuntap add dev hand0 mode tap; ip link set dev hand0 master bridge0 up');
    const pasted = (await must(host.kloop([...args, '--dry-run', '--', ...command]))).replace(/ifname=kt%d,script=[^ ]*?,downscript=no/, 'ifname=hand0,script=no,downscript=no');
    for (let i = 0; i < pairs; i++) {
      await must(host.kloop([...args, '--', ...command]));
      await received(rates.length > 2 * i ? 2 * i + 1 : 2 * i + 1);
      ours.push(rates[2 * i] ?? 0);
      await host.start('host', ['sh', '-c', pasted]).ended;
      await received(2 * i + 2);
      byHand.push(rates[2 * i + 1] ?? 0);
    }
    if (process.env['SHOW'] !== undefined) console.error(ours, byHand);
    const ratio = median(ours.map((rate, i) => rate / (byHand[i] ?? 1)));
    return { what: `guest to namespace, against a tap by hand (ratio ${ratio.toFixed(2)})`, kloop: median(ours), against: median(byHand), unit: 'MB/s', goal: 'ratio >= 0.95', met: ratio >= 0.95, pairs };
  } finally {
    rmSync(dir, { recursive: true });
  }
}

if (process.argv[1]?.endsWith('speed.ts')) {
  const kernel = process.env['KLOOP_TEST_KERNEL'] ?? '';
  const host = await FakeHost.start();
  const speeds: Speed[] = [];
  try {
    host.configureStatically();
    await host.start('host', ['node', launch, 'guest']).ended;
    speeds.push(...(await bridgeSpeeds(host, 5)));
    await must(host.kloop(['bridge']));
    speeds.push(await leaseSpeeds(host, kernel, 5), await throughput(host, kernel, 5));
  } finally {
    host.stop();
  }
  if (process.argv.includes('--json')) console.log(JSON.stringify(speeds, null, 2));
  else for (const s of speeds) console.log(`${s.met ? 'met   ' : 'MISSED'} ${s.what}: ${s.kloop.toFixed(3)} / ${s.against.toFixed(3)} ${s.unit} (${s.goal}, ${s.pairs} pairs)`);
}
