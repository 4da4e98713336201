/** Captures are bounded, and a full disk ends them alone. (two-paths.e2e.test.ts has those of a VM that panics.) */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, readdirSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findProgram } from '../../../tasks/host/files.ts';
import { lastPackets } from '../../../tasks/machine/capture/pcapng.ts';
import { kloop, startKloop } from '../../support/kloop.ts';
import { testIf } from '../../support/skip-unless.ts';
import { fetchScript, kernel, labPlace } from './lab-place.ts';

test.after(() => void spawnSync('umount', [small]));
const { dir, env } = labPlace(test);
const small = join(dir, 'small');

writeFileSync(join(dir, 'blob'), Buffer.alloc(8_000_000));
writeFileSync(join(dir, 'fetch.sh'), fetchScript(join(dir, 'blob'), 1000));

const to = join(dir, 'captures');
test('the last packets, in files of a size', async () => {
  const { status, stderr } = await kloop(['vm', '--kernel', kernel, '--path', 'lan:rate=50mbit', '--path', 'lan:rate=1mbit', '--capture', to, '--', 'bash', join(dir, 'fetch.sh')], { cwd: dir, env: { ...env, VM_CAPTURE_SIZE: '1M' } });
  assert.is(status, 0, stderr);
  assert.equal(readdirSync(to).sort(), ['lan.pcapng', 'lan2.pcapng']);
  const path = join(to, 'lan.pcapng');
  const { size } = statSync(path);
  assert.ok(size <= 1 << 20 && size > 1 << 19, `${size} bytes`);
  assert.is(lastPackets(readFileSync(path), Infinity)?.data.length, size);
  assert.match(stderr, /^kloop: \S+\/lan\.pcapng has the last packets alone: \d+ went before them \(VM_CAPTURE_SIZE\)$/m);
  assert.not.match(stderr, 'lan2.pcapng has');
});

const tshark = findProgram('tshark');
testIf(tshark !== undefined, test)('tshark reads them, with the NIC, nanoseconds and options of Multipath TCP', () => {
  const read = spawnSync(tshark ?? '', ['-r', join(to, 'lan.pcapng'), '-Y', 'tcp.options.mptcp.subtype == 2', '-T', 'fields', '-e', 'frame.interface_name', '-e', 'frame.time_epoch'], { encoding: 'utf8' });
  const lines = read.stdout.trim().split('\n');
  assert.ok(lines.length > 100, read.stderr);
  assert.match(lines.at(-1) ?? '', /^lan\t\d+\.\d{9}$/);
});

const mounted = process.getuid?.() === 0 && (mkdirSync(small), spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'none', small]).status === 0);
if (!mounted) console.log('# skipped: a full disk needs root, to mount one that is small');

testIf(mounted, test)('a full disk: the capture ends, and watch goes on to the next run; each time it is said', async () => {
  const [mine, next] = [join(dir, 'vmlinux'), join(dir, 'next')];
  copyFileSync(kernel, mine);
  copyFileSync(kernel, next);
  writeFileSync(join(dir, 'some.sh'), 'exec 3<>/dev/tcp/peer/80; printf \'GET /usr/bin/env HTTP/1.0\\r\\n\\r\\n\' >&3; cat <&3 >/dev/null; ping -c 300 -i 0.002 -q peer | grep -c " 0% packet loss"\n');
  const watch = startKloop(['watch', '--kernel', mine, '--path', 'lan', '--capture', small, '--', 'bash', join(dir, 'some.sh')], { cwd: dir, env });
  await Promise.race([watch.says(/run 1: passed/), watch.ended.then(({ stderr }) => { throw new Error(stderr); })]);
  renameSync(next, mine);
  await watch.says(/run 2: passed/);
  await watch.says(/(?:the capture of lan has stopped[^]*){2}/);
  watch.child.kill('SIGTERM');
  const { stdout, stderr } = await watch.ended;
  assert.is(stdout, '1\n1\n', stderr);
  const said = [...stderr.matchAll(/the capture of lan has stopped, and the VM goes on: \S+\/lan\.pcapng: the disk is full$/gm)];
  assert.is(said.length, 2, stderr);
  const file = readFileSync(join(small, 'lan.pcapng'));
  assert.is(lastPackets(file, Infinity)?.data.length, file.length);
});

test.run();
