/** The loop over a kernel that somebody else builds, with NICs on a bridge: what is booted anew, and what stays. */
import { chmodSync, copyFileSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { cannotFake, FakeHost } from '../support/fake-host.ts';
import { WatchRun } from '../support/watch-run.ts';

const kernel = process.env['KLOOP_TEST_KERNEL'];
interface Scene {
  readonly host: FakeHost;
  readonly dir: string;
  readonly run: WatchRun;
  readonly settings: (lines: string) => void;
}
let scene: Scene | undefined;
const test = suite('watch, NICs');
const it = (name: string, body: (scene: Scene) => Promise<void>): void => {
  if (cannotFake !== undefined || kernel === undefined) return test.skip(name);
  test(name, async () => {
    scene ??= await begin(kernel);
    await body(scene);
  });
};

async function begin(image: string): Promise<Scene> {
  const host = await FakeHost.start();
  host.configureStatically();
  const dir = mkdtempSync('/var/tmp/kloop-test-');
  copyFileSync(image, join(dir, 'vmlinux'));
  const envPath = join(dir, 'settings.env');
  const settings = (lines: string) => writeFileSync(envPath, `STATE_DIR=${host.stateDir}\nVM_NICS=bridge0,bridge0\n${lines}`);
  settings('BRIDGE_UPLINK=eth0\n');
  // What the file says must not be overridden.
  const inherited = Object.entries(process.env).filter(([name]) => !['STATE_DIR', 'BRIDGE_UPLINK'].includes(name));
  const env = { ...Object.fromEntries(inherited), KLOOP_ENV_FILE: envPath, SSH_CONNECTION: '' };
  const run = new WatchRun({ dir, env }, ['--kernel', join(dir, 'vmlinux'), '--', join(dir, 'test.sh')], {}, host.enter('host'));
  return { host, dir, run, settings };
}

test.after(async () => {
  await scene?.run.stop();
  scene?.host.stop();
  if (scene !== undefined) rmSync(scene.dir, { recursive: true });
});

const script = 'ip -o link show dev eth1 | grep -o "link/ether [^ ]*"; ip -4 -o addr show dev eth1 | grep -o "inet [^ ]*"; ip mptcp endpoint; echo done';
/** What the newest run of the script printed. */
const printed = ({ run }: Scene, from: number) => run.stderr.slice(from).split('\n').filter((line) => /^(link|inet|[\d.]+ id)/.test(line));

it('a script that is not there yet is watched for', async (at) => {
  const { run, dir } = at;
  const first = await run.next(60_000);
  assert.is(first.verdict, 'failed');
  assert.is(first.status, 127);
  const path = join(dir, 'test.sh');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  assert.equal((await run.next()).changed, [path], run.stderr);
});

it('the kernel is made anew: it is booted, and the NICs have their addresses again', async (at) => {
  const { run, dir } = at;
  const before = run.stderr.length;
  utimesSync(join(dir, 'vmlinux'), new Date(), new Date());
  const outcome = await run.next();
  assert.is(outcome.verdict, 'passed', run.stderr);
  assert.ok(outcome.bootMs !== undefined);
  assert.match(printed(at, before).join('\n'), /^link\/ether 02:[\s\S]*^inet 10\.77\.0\.\d+\/24[\s\S]* id 1 subflow/m);
});

it('a setting of the NICs boots a VM that has it', async (at) => {
  const { run, settings } = at;
  const before = run.stderr.length;
  settings('BRIDGE_UPLINK=eth0\nVM_MULTIPATH=none\n');
  const outcome = await run.next();
  assert.is(outcome.verdict, 'passed', run.stderr);
  assert.ok(outcome.bootMs !== undefined);
  assert.not.match(printed(at, before).join('\n'), / id \d/);
});

it('settings that cannot be loaded are said, and wait', async ({ run, settings }) => {
  settings('BRIDGE_UPLINK=eth0\nVM_MULTIPATH=none\nVM_CPU=2\n');
  const outcome = await run.next();
  assert.is(outcome.verdict, 'build-failed');
  assert.match(run.stderr, /VM_CPU: unknown setting\. Did you mean VM_CPUS\?/);
});

it('a setting of the bridge: it is made anew, and the VM is on it, by the same MAC address', async (at) => {
  const { run, settings, host } = at;
  const mac = printed(at, 0).find((line) => line.startsWith('link'));
  const before = run.stderr.length;
  settings('BRIDGE_UPLINK=none\n');
  const outcome = await run.next();
  assert.is(outcome.verdict, 'passed', run.stderr.slice(before));
  const lines = printed(at, before);
  assert.is(lines.find((line) => line.startsWith('link')), mac);
  assert.match(lines.join('\n'), /^inet 192\.168\.211\.\d+\/24/m);
  assert.match(host.host('ip', '-o', 'link', 'show', 'master', 'bridge0'), /kt\d/);
});

it('SIGTERM: no process and no tap is left', async ({ run, host }) => {
  assert.is(await run.stop(), 143);
  await host.until('the taps to go', () => !/ kt\d/.test(host.host('ip', '-o', 'link')));
  assert.equal(host.residents().filter((line) => !line.includes('dnsmasq')), []);
});

test.run();
