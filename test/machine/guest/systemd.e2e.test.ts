/** systemd as the guest's PID 1: skipped, and counted, where the host has none. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { systemdPaths } from '../../../config/packages.ts';
import { findProgram } from '../../../tasks/host/files.ts';
import { testIf } from '../../support/skip-unless.ts';
import { makePlace, runVm, startGuest, type Place, type StartedGuest } from '../vm.ts';

const lacking = [...(systemdPaths.some((path) => existsSync(path)) ? [] : ['systemd']), ...(findProgram('dbus-daemon') ?? findProgram('dbus-broker') ? [] : ['D-Bus'])];
const withSystemd = testIf(lacking.length === 0, test);
if (lacking.length > 0) console.log(`# systemd: skipped, for lack of ${lacking.join(', ')}`);

let place: Place | undefined;
let guest: StartedGuest | undefined;
/** What the guest writes here is the host's: below /var/tmp, which systemd would clear of old files. */
let shared: string;
test.before(async () => {
  if (lacking.length > 0) return;
  place = await makePlace();
  shared = mkdtempSync('/var/tmp/kloop-test-');
  guest = await startGuest(place, {
    systemd: true, rwDirs: [shared], disks: [16 << 20], bootTimeoutMs: 120_000,
    nics: [{ kind: 'user', mac: '52:54:00:00:00:01', net: 2 }],
  });
});
test.after(async () => {
  await guest?.stop();
  place?.remove();
  if (shared !== undefined) rmSync(shared, { recursive: true, force: true });
});

async function run(script: string): Promise<{ status: number; text: string }> {
  if (guest === undefined) throw new Error('no guest');
  return guest.run({ argv: ['sh', '-c', script], cwd: '/', env: [`PATH=${process.env['PATH'] ?? ''}:/usr/sbin:/sbin`] });
}

withSystemd('it is PID 1, and running for the first command, with nothing failed', async () => {
  assert.equal(await run('cat /proc/1/comm; systemctl is-system-running; systemctl --failed --no-legend'), { status: 0, text: 'systemd\nrunning\n' });
});

withSystemd('of what the host has enabled nothing is started', async () => {
  const { text } = await run('systemctl list-units --no-legend --plain --type=service,timer,path,socket,swap --state=active | cut -d" " -f1');
  const allowed = /^(?:kloop\.service|(?:systemd-journald|dbus|dbus-broker|systemd-journald-dev-log|systemd-journald-audit|systemd-logind|systemd-userdbd|user@0|user-runtime-dir@0)\.(?:service|socket)|)$/;
  assert.equal(text.split('\n').filter((name) => !allowed.test(name)), []);
  assert.match(text, 'kloop.service\n');
});

withSystemd('systemd-run: a status, output, a limit that counts, and the journal has what it said', async () => {
  assert.equal(await run('systemd-run --quiet --wait --pipe sh -c "echo said; exit 7"'), { status: 7, text: 'said\n' });
  const { text } = await run(`
    systemd-run --quiet --wait --unit=limited -p TasksMax=2 sh -c 'cat /sys/fs/cgroup/system.slice/limited.service/pids.max; (true) & wait'
    journalctl -o cat -u limited.service | grep -x 2; systemd-run --quiet --scope true && echo scope`);
  assert.is(text, '2\nscope\n');
});

withSystemd("the session is as without: name, NIC, disk, core dumps, limits, control groups", async () => {
  const { text, status } = await run(`
    hostname; ip -4 -br addr show scope global | tr -s ' ' | cut -d' ' -f3; echo $KLOOP_DISK0; cat /proc/sys/kernel/core_pattern
    ulimit -c; cat /proc/self/cgroup; mkdir /sys/fs/cgroup/system.slice/kloop.service/mine && echo made; cat /sys/fs/cgroup/system.slice/kloop.service/pids.max`);
  // The disk's variable is that of a VM's first command; this is a later one.
  assert.is(text, 'vm\n10.0.2.15/24\n\ncore\n0\n0::/system.slice/kloop.service\nmade\nmax\n', text);
  assert.is(status, 0);
});

withSystemd('a directory of the host is written, and nothing there is cleared', async () => {
  writeFileSync(join(shared, 'old'), 'old\n');
  assert.is((await run(`echo new > ${shared}/new; cat ${shared}/old`)).text, 'old\n');
  assert.is(readFileSync(join(shared, 'new'), 'utf8'), 'new\n');
});

withSystemd('isolating another target leaves the session alone', async () => {
  assert.equal(await run("printf '[Unit]\\nAllowIsolate=yes\\n' > /run/systemd/system/other.target; systemctl daemon-reload && systemctl isolate other.target && echo here"), { status: 0, text: 'here\n' });
});

const here = (): Place => {
  if (place === undefined) throw new Error('no place');
  return place;
};

withSystemd("a command's status, its input, its disk; and a signal's", async () => {
  const ended = await runVm(here(), { request: { systemd: true, command: ['sh', '-c', 'cat; echo $KLOOP_DISK0; exit 7'], disks: [16 << 20] }, input: 'typed\n' });
  assert.equal([ended.status, ended.stdout.toString()], [7, 'typed\n/dev/vda\n'], ended.stderr);
  assert.is((await runVm(here(), { request: { systemd: true, command: ['sh', '-c', 'kill -9 $$'] } })).status, 137);
});

for (const [what, script] of [['reboot', 'systemctl reboot'], ['poweroff', 'systemctl poweroff']] as const) {
  withSystemd(`${what}: the VM is lost, though the command does not end by itself`, async () => {
    const ended = await runVm(here(), { request: { systemd: true, command: ['sh', '-c', `trap '' TERM HUP; ${script}; while :; do sleep 1; done`], timeoutMs: 120_000 } });
    assert.is(ended.status, 255, ended.stderr);
    assert.match(ended.stderr, 'the VM rebooted before the command finished');
  });
}

test.run();
