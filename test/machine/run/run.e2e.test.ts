import { createHash, randomBytes } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { makePlace, running, runVm, type Place } from '../vm.ts';
import { until } from '../../support/until.ts';
import { freePort } from '../../../tasks/host/port.ts';
import { isLongRun, testIf } from '../../support/skip-unless.ts';

let place: Place | undefined;
let scratch: string;
test.before(async () => {
  place = await makePlace();
  // Not below /tmp, of which the guest has one of its own.
  scratch = mkdtempSync('/var/tmp/kloop-test-');
});
test.after(async () => {
  if (place === undefined) return; // `before` has failed, and says so
  assert.equal(await running(place.stateDir), []);
  place.remove();
  rmSync(scratch, { recursive: true, force: true });
});

const here = (): Place => {
  if (place === undefined) throw new Error('no place');
  return place;
};
const sh = (script: string, more: object = {}) => runVm(here(), { request: { command: ['sh', '-c', script], ...more } });

test("the command's status, its signal's, and those of what cannot be run", async () => {
  assert.is((await sh('exit 7')).status, 7);
  assert.is((await sh('kill -9 $$')).status, 137);
  const missing = await runVm(here(), { request: { command: ['no-such-program'] } });
  assert.is(missing.status, 127);
  assert.match(missing.stderr, 'no-such-program: not found on PATH in the guest');
  assert.is((await runVm(here(), { request: { command: ['/etc/passwd'] } })).status, 126);
});

test('8 MiB of random bytes through cat and back', async () => {
  const bytes = randomBytes(8 << 20);
  const hash = (data: Buffer) => createHash('sha256').update(data).digest('hex');
  const ended = await runVm(here(), { request: { command: ['cat'] }, input: bytes });
  assert.is(ended.stdout.length, bytes.length);
  assert.is(hash(ended.stdout), hash(bytes));
  assert.is(ended.stderr, '');
});

test('stdout and stderr apart, by descriptor and by name', async () => {
  const ended = await sh('echo out; echo err >&2; echo out2 >/dev/stdout; echo err2 >/dev/stderr; echo err3 >/dev/fd/2');
  assert.is(ended.stdout.toString(), 'out\nout2\n');
  assert.is(ended.stderr, 'err\nerr2\nerr3\n');
});

test('a session ends with its command, not with what holds its output', async () => {
  const ended = await sh('sleep 1000 & echo done; (while :; do echo more; done) & exit 3');
  assert.is(ended.status, 3);
  assert.match(ended.stdout.toString(), /^done\n/);
});

test('a command that closes its output, and one that reads no input', async () => {
  assert.is((await sh('exec >&- 2>&-; exit 4')).status, 4);
  const ended = await runVm(here(), { request: { command: ['sh', '-c', 'exec <&-; echo ok; exit 5'] }, input: randomBytes(1 << 20) });
  assert.is(ended.status, 5);
  assert.is(ended.stdout.toString(), 'ok\n');
});

test('arguments arrive as they are', async () => {
  const words = ['a b', `q'u"o`, '', '$x', 'ü€', 'two\nlines', 'x'.repeat(100_000)];
  const ended = await runVm(here(), { request: { command: ['printf', '%s|', ...words] } });
  assert.is(ended.stdout.toString(), `${words.join('|')}|`);
});

test('the working directory, with spaces and beyond ASCII, also below /tmp', async () => {
  const odd = join(scratch, "a b'ü,");
  mkdirSync(odd);
  assert.is((await sh('pwd', { cwd: odd })).stdout.toString(), `${odd}\n`);
  const inTmp = join(here().stateDir, 'here');
  mkdirSync(inTmp);
  writeFileSync(join(inTmp, 'file'), 'seen\n');
  assert.is((await sh('cat file; ls /tmp | wc -l', { cwd: inTmp })).stdout.toString(), 'seen\n1\n');
  const gone = await sh('pwd', { cwd: '/no/such/directory' });
  assert.is(gone.stdout.toString(), '/\n');
  assert.match(gone.stderr, 'cannot enter /no/such/directory');
});

test('what the guest writes stays there, but for --rw-dirs', async () => {
  const shared = join(scratch, 'shared,ü');
  const other = join(scratch, 'other');
  mkdirSync(shared);
  writeFileSync(other, 'host\n');
  const ended = await sh(`echo guest > ${other}; cat ${other}; echo guest > '${shared}/file'; touch ${scratch}/new`, { rwDirs: [shared] });
  assert.is(ended.stdout.toString(), 'guest\n', ended.stderr);
  assert.is(readFileSync(other, 'utf8'), 'host\n');
  assert.is(readFileSync(join(shared, 'file'), 'utf8'), 'guest\n');
  assert.is(existsSync(join(scratch, 'new')), false);
});

test("what kloop itself puts into the guest's files stays there, below --rw-dirs too", async () => {
  const shared = join(scratch, 'own');
  mkdirSync(shared);
  writeFileSync(join(shared, 'cleared'), 'host\n');
  const ended = await sh(`cat ${shared}/cleared; echo guest > ${shared}/cleared; cat ${shared}/cleared`, { rwDirs: [shared], clearFiles: [join(shared, 'cleared')] });
  assert.is(ended.stdout.toString(), 'guest\n', ended.stderr);
  assert.is(readFileSync(join(shared, 'cleared'), 'utf8'), 'host\n');
});

test("the guest's own /etc/hosts begins with the host's, in a directory that is as on the host, and can be replaced", async () => {
  const hosts = readFileSync('/etc/hosts', 'utf8');
  const ended = await sh('stat -c "%a %u %g %F" /etc; rm /etc/hosts; [ -e /etc/hosts ] || echo gone; echo new > /etc/new; mv /etc/new /etc/hosts; cat /etc/hosts; ls /etc/passwd');
  assert.is(ended.stdout.toString(), `${execFileSync('stat', ['-c', '%a %u %g %F', '/etc']).toString()}gone\nnew\n/etc/passwd\n`, ended.stderr);
  const seen = await sh('cat /etc/hosts', { name: 'guest' });
  assert.is(seen.stdout.toString(), `${hosts}\n127.0.1.1\tguest\n`, seen.stderr);
  assert.is(readFileSync('/etc/hosts', 'utf8'), hosts);
});

test('--clear-dirs and --clear-files', async () => {
  const file = join(scratch, 'cleared');
  writeFileSync(file, 'x');
  const ended = await sh(`ls ${scratch} | grep -c sub; ls /opt | wc -l; cat ${file} | wc -c; echo y > ${file}`, { clearDirs: ['/opt'], clearFiles: [file] });
  assert.is(ended.stdout.toString(), '0\n0\n0\n');
  assert.is(readFileSync(file, 'utf8'), 'x');
});

test('a program that the host has earlier on PATH, and the guest has not: the next one', async () => {
  for (const [dir, says] of [['hidden', 'hidden'], ['shown', 'shown']] as const) {
    mkdirSync(join(scratch, dir));
    writeFileSync(join(scratch, dir, 'says'), `#!/bin/sh\necho ${says} "$0" "$1"\n`, { mode: 0o755 });
  }
  const dirs = ['none', 'hidden', 'shown'].map((dir) => join(scratch, dir));
  const says = async (more: object) => (await runVm(here(), { request: { command: ['says', 'it'], passEnv: [`PATH=${dirs.join(':')}`], ...more } })).stdout.toString();
  assert.is(await says({}), `hidden ${dirs[1]}/says it\n`);
  assert.is(await says({ clearDirs: [dirs[1]] }), `shown ${dirs[2]}/says it\n`);
});

test('disks by their variables, written through', async () => {
  const disks = [10, 20].map((mib) => {
    const path = join(scratch, `disk,${mib}`);
    writeFileSync(path, '');
    truncateSync(path, mib << 20);
    return path;
  });
  const ended = await sh('for d in $VIDO_DISK0 $KLOOP_DISK1; do cat /sys/block/${d#/dev/}/size; done; echo written > $KLOOP_DISK1', { disks });
  assert.is(ended.stdout.toString(), `${10 << 11}\n${20 << 11}\n`, ended.stderr);
  assert.is(readFileSync(disks[1] ?? '').toString('latin1', 0, 8), 'written\n');
});

test('a disk of a size, which is gone with the VM', async () => {
  const ended = await sh('cat /sys/block/vda/size; echo x > $KLOOP_DISK0; read -r line < $KLOOP_DISK0; echo $line', { disks: [3 * 2 ** 30] });
  assert.is(ended.stdout.toString(), `${3 * 2 ** 21}\nx\n`, ended.stderr);
  assert.equal(readdirSync(join(here().stateDir, 'vm', 'vm')).filter((name) => name.includes('disk')), []);
});

testIf(process.getuid?.() === 0, test)("QEMU with another user's rights: disks, the kernel and the log all the same", async () => {
  const image = join(scratch, 'private-disk');
  writeFileSync(image, '', { mode: 0o600 });
  truncateSync(image, 1 << 20);
  const ended = await sh('for d in $KLOOP_DISK0 $KLOOP_DISK1; do echo x > $d; read -r line < $d; echo $line; done; ls /root 2>&1 | grep -c denied', { runAs: 'nobody', disks: [64 << 20, image] });
  assert.is(ended.stdout.toString(), 'x\nx\n1\n', ended.stderr);
  assert.is(readFileSync(image).toString('latin1', 0, 2), 'x\n');
});

test('another user: groups, home, streams, what is theirs; and the limit of open files, which is the host\'s', async () => {
  const user = { name: 'joe', uid: 54_321, gid: 54_322, groups: [54_322, 54_323], home: scratch, shell: '/bin/sh' };
  const ended = await sh('id -u; id -G; echo $HOME $USER; echo named > /dev/stdout; stat -c %u /run/user/54321; ulimit -Hn; : > /run/lock/x; ping -q -c1 -W9 127.0.0.1 | grep -o "1 received"; : > /root/x', { user });
  const hard = execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }).trim();
  assert.is(ended.stdout.toString(), `54321\n54322 54323\n${scratch} joe\nnamed\n54321\n${hard === 'unlimited' ? 1 << 20 : hard}\n1 received\n`, ended.stderr);
  assert.match(ended.stderr, /\/root\/x: Permission denied/);
});

test("what the command names of the host's /tmp is there, copied on write", async () => {
  const dir = mkdtempSync(join(tmpdir(), 'kloop-named-'));
  try {
    for (const file of [join(dir, 'file'), `${dir}.file`]) writeFileSync(file, 'host\n');
    const ended = await sh(`cat ${dir}/file; echo guest > ${dir}/file; cat ${dir}/file; sed -i s/host/new/ ${dir}.file; cat ${dir}.file; rm ${dir}.file; echo > /tmp/made; ls /tmp`);
    assert.is(ended.stdout.toString(), `host\nguest\nnew\n${basename(dir)}\nmade\n`, ended.stderr);
    assert.is(readFileSync(`${dir}.file`, 'utf8'), 'host\n');
    assert.is(readFileSync(join(dir, 'file'), 'utf8'), 'host\n');
  } finally {
    rmSync(dir, { recursive: true });
    rmSync(`${dir}.file`);
  }
});

test('a device by --qemu-arg', async () => {
  // "edu", QEMU's own for teaching.
  const ended = await sh('cat /sys/bus/pci/devices/*/device', { qemuArgs: [['-device', 'edu']] });
  assert.match(ended.stdout.toString(), /^0x11e8$/m, ended.stderr);
});

test("a port of the host's leads to a service in the guest", async () => {
  const guestPort = 8080;
  const hostPort = await freePort(18_080);
  let answer = '';
  const server = `use IO::Socket; $| = 1; my $s = IO::Socket::INET->new(Listen => 1, LocalPort => ${guestPort}) or die $!; print "listening\\n"; my $c = $s->accept; print $c "from the guest\\n"; close $c`;
  const ended = await runVm(here(), {
    request: {
      command: ['perl', '-e', server],
      nics: [{ kind: 'user', mac: '52:54:00:00:00:0a', net: 2 }], forwards: [{ protocol: 'tcp', address: '127.0.0.1', hostPort, guestPort }],
    },
    during: (child) => child.stdout?.once('data', () => connect(hostPort, '127.0.0.1').on('data', (chunk: Buffer) => { answer += chunk.toString(); })),
  });
  assert.is(ended.status, 0, ended.stderr);
  assert.is(answer, 'from the guest\n');
});

test('user-mode NICs have addresses, a route each, and DNS', async () => {
  const ended = await sh('ip -4 -br addr show scope global; ip route show default; cat /etc/resolv.conf; ping -c1 -W5 10.0.3.2 >/dev/null && echo pong', {
    nics: [{ kind: 'user', mac: '52:54:00:00:00:0a', net: 2 }, { kind: 'user', mac: '52:54:00:00:00:0b', net: 3 }],
  });
  const text = ended.stdout.toString();
  assert.match(text, /10\.0\.2\.15\/24[^]*10\.0\.3\.15\/24/);
  assert.match(text, 'default via 10.0.2.2 dev');
  assert.match(text, 'default via 10.0.3.2 dev');
  assert.match(text, 'nameserver 10.0.2.3\n');
  assert.match(text, 'pong\n');
});

test('a panic is named, with the console, and is 255', async () => {
  const ended = await sh('echo 2 > /proc/sys/vm/panic_on_oom; exec tail /dev/zero');
  assert.is(ended.status, 255);
  assert.match(ended.stderr, /its kernel panicked: Out of memory/);
  assert.match(ended.stderr, /Full log: .*console-/);
});

test('switched off or rebooted from inside, on a machine with ACPI and on one without: 255, and said', async () => {
  for (const [machine, option, said] of [
    ['microvm', 'o', 'the VM was switched off before the command finished: System halted'],
    ['q35', 'o', 'the VM was switched off before the command finished: Power down'],
    ['microvm', 'b', 'the VM rebooted before the command finished: Restarting system'],
  ] as const) {
    // reboot(2), as poweroff -f and reboot -f call it, which not every host has.
    const magic = { o: '0x4321fedc', b: '0x1234567' }[option];
    const ended = await sh(`perl -e 'syscall(169, 0xfee1dead, 672274793, ${magic})'`, { machine });
    assert.is(ended.status, 255, `${machine} ${option}: ${ended.stderr}`);
    assert.match(ended.stderr, said);
  }
});

test('a kernel that never reaches init: where it is, and 255', async () => {
  const ended = await sh('true', { bootTimeoutMs: 6000, kernelOptions: ['rdinit=/none', 'root=/dev/none', 'rootwait'] });
  assert.is(ended.status, 255);
  assert.match(ended.stderr, /^kloop: booting … 5 s; its console: .*\/console\.log$/m);
  assert.match(ended.stderr, 'did not reach');
  assert.match(ended.stderr, /Processor 0 is at \w+\+0x/);
});

test('a time-out is 124', async () => {
  assert.is((await sh('sleep 1000', { timeoutMs: 300 })).status, 124);
});

test('SIGTERM ends the VM at once, SIGKILL leaves nothing behind', async () => {
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    let sent = 0;
    await runVm(here(), {
      request: { command: ['sh', '-c', 'echo started; exec sleep 1000'] },
      during: (child) => child.stdout?.on('data', () => {
        sent = performance.now();
        child.kill(signal);
      }),
    });
    // 40 ms where nothing else runs; a machine that also builds a kernel is given time.
    assert.ok(performance.now() - sent < 5000);
    await until('QEMU ends', async () => (await running(here().stateDir)).length === 0, 5000);
  }
});

test('a QEMU that is killed from outside is a lost VM', async () => {
  const ended = await runVm(here(), {
    request: { command: ['sh', '-c', 'echo started; exec sleep 1000'] },
    during: (child) => child.stdout?.once('data', () => void running(here().stateDir).then((found) => {
      for (const line of found) process.kill(Number(line.split(' ')[0]), 'SIGKILL');
    })),
  });
  assert.is(ended.status, 255);
  assert.match(ended.stderr, 'QEMU was killed from outside (SIGKILL)');
});

test('a QEMU that cannot start says why', async () => {
  const ended = await sh('true', { memoryBytes: 2 ** 50 });
  assert.is(ended.status, 125);
  assert.match(ended.stderr, 'QEMU could not start the VM');
  assert.match(ended.stderr, /memory/);
});

test('the pasted command line runs the command and ends', async () => {
  const shown = await runVm(here(), { request: { command: ['sh', '-c', 'echo "I am $(uname -s)"'] }, dryRun: true });
  const out = execFileSync('sh', ['-c', shown.stdout.toString()], { input: '', timeout: 60_000 }).toString();
  assert.match(out, 'I am Linux');
});

test("the guest's seconds are the host's", async () => {
  const stamps: number[] = [];
  const ended = await runVm(here(), {
    request: { command: ['sh', '-c', 'read a _ </proc/uptime; echo $a; sleep 3; read b _ </proc/uptime; echo $b'] },
    during: (child) => child.stdout?.on('data', () => stamps.push(performance.now())),
  });
  const [from = 0, to = 0] = ended.stdout.toString().trim().split('\n').map(Number);
  const ours = ((stamps.at(-1) ?? 0) - (stamps[0] ?? 0)) / 1000;
  // A busy host delivers either line late by some part of a second; a wrong rate is wrong by a factor.
  assert.ok(Math.abs(to - from - ours) < 1, `${to - from} s in the guest, ${ours} s here`);
});

test('two VMs at once', async () => {
  const both = await Promise.all([sh('echo one'), sh('echo two')]);
  assert.equal(both.map((ended) => ended.stdout.toString()), ['one\n', 'two\n']);
});

test('a new file of the host is seen by a guest that has missed it', async () => {
  const late = join(scratch, 'late');
  const ended = await runVm(here(), {
    request: { command: ['sh', '-c', `cat ${late} 2>/dev/null; echo asked; read x; cat ${late}`] },
    input: 'later',
    during: (child) => child.stdout?.once('data', () => {
      writeFileSync(late, 'here\n');
      // Longer than the pause after which the guest takes input for a person's.
      setTimeout(() => child.stdin?.end('\n'), 1500);
    }),
  });
  assert.is(ended.stdout.toString(), 'asked\nhere\n');
});

test('a kernel without overlayfs: the root is read-only, with memory where programs must write, and a line says so', async () => {
  const home = process.env['HOME'] ?? '';
  const ended = await runVm(here(), {
    request: {
      // As before 3.18: the file system never registers.
      kernelOptions: ['initcall_blacklist=ovl_init'], name: 'readonly', clearDirs: ['/opt'], clearFiles: ['/etc/passwd'],
      command: ['sh', '-c', 'touch /etc/kloop-test 2>/dev/null || echo refused; for dir in /tmp /run /var/tmp /var/log /opt "$HOME"; do touch $dir/kloop-test && echo $dir; done; grep -c . /etc/passwd; tail -n 1 /etc/hosts'],
    },
  });
  assert.is(ended.status, 0, ended.stderr);
  assert.equal(ended.stdout.toString().split('\n'), ['refused', '/tmp', '/run', '/var/tmp', '/var/log', '/opt', home, '0', '127.0.1.1\treadonly', '']);
  assert.match(ended.stderr, "this kernel has no overlayfs: in the guest the host's files can only be read");
  for (const dir of ['/var/tmp', '/var/log', '/opt', home]) assert.not(existsSync(join(dir, 'kloop-test')), dir);
});

const boots = isLongRun ? 200 : 5;
test(`${boots} boots in a row: none hangs, nothing is left behind`, async () => {
  const { readdirSync } = await import('node:fs');
  for (let i = 0; i < boots; i++) {
    const ended = await runVm(here(), { request: { command: ['true'], bootTimeoutMs: 30_000 } });
    assert.is(ended.status, 0, `boot ${i}: ${ended.stderr}`);
  }
  assert.equal(await running(here().stateDir), []);
  const left = readdirSync(join(here().stateDir, 'vm')).filter((name) => name.endsWith('.tmp'));
  assert.equal(left, []);
  assert.ok(readdirSync(join(here().stateDir, 'vm', 'vm')).filter((name) => name.startsWith('console-')).length <= 10);
});

test.run();
