/** `check` in several VMs at once. */
import { existsSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { checkIn, program, programDirectory, readJson } from './check-programs.ts';
import { testIf } from '../support/skip-unless.ts';

const it = testIf(availableParallelism() >= 2, test);

let dir: string;
test.before(() => { dir = programDirectory(); });
test.after(() => rmSync(dir, { recursive: true }));

it('two at once: each takes the next test; a lost VM loses its own test alone; reports are those of their own VM', async () => {
  // They meet in a directory of the host's: one after the other they would wait in vain.
  const meet = (own: string, other: string) => `touch ${own}.here; for i in $(seq 200); do [ -e ${other}.here ] && exit 0; sleep 0.1; done; exit 1`;
  const tests = [
    program(dir, 'first', meet('first', 'second')),
    program(dir, 'second', meet('second', 'first')),
    // While the one VM is lost, the other is at work: it ends only when it has seen the next test begin in a new one.
    program(dir, 'lost', 'touch lost.here; echo b >/proc/sysrq-trigger; sleep 1000'),
    program(dir, 'waits', 'for i in $(seq 300); do [ -e lost.here ] && [ -e after.here ] && exit 0; sleep 0.1; done; exit 1'),
    program(dir, 'after', 'touch after.here'),
    program(dir, 'complains', 'echo "<2>BUG: Bad rss-counter state mm:planted" >/dev/kmsg'),
    program(dir, 'fine', 'exit 0'),
    program(dir, 'fifo', 'mkfifo fifo.here || touch fifo.refused'),
  ];
  const ended = await checkIn(dir, ['--vms', '2', '--json', '--timeout', '60s', ...tests, '--rw-dirs', '.']);
  const { tests: read } = readJson(ended);
  assert.equal(read.map(({ id, verdict }) => [id, verdict]), [
    ['./first', 'passed'], ['./second', 'passed'], ['./lost', 'lost'], ['./waits', 'passed'], ['./after', 'passed'], ['./complains', 'failed'], ['./fine', 'passed'], ['./fifo', 'passed'],
  ], ended.stderr);
  assert.equal(read.filter(({ complaints }) => complaints.length > 0).map(({ id, why }) => [id, why]), [['./complains', 'BUG: Bad rss-counter state']]);
  assert.is(ended.status, 255);
  assert.match(ended.stderr, /^kloop: 6 passed, 2 failed in /m);
  // By 9p.
  if (existsSync(join(dir, 'fifo.refused'))) assert.match(ended.stderr, 'the guest could not make a fifo below --rw-dirs');
});

test('more VMs than this host has room for: said; no more than there are tests are booted', async () => {
  const ended = await checkIn(dir, ['--vms', '4000', '--json', program(dir, 'one', 'exit 0'), program(dir, 'two', 'exit 0')]);
  assert.is(ended.status, 0, ended.stderr);
  assert.match(ended.stderr, /^kloop: \d+ (?:VM|VMs at once) instead of 4000: /m);
  assert.equal(readJson(ended).tests.map(({ verdict }) => verdict), ['passed', 'passed']);
  const wrong = await checkIn(dir, ['--vms', 'many', './one']);
  assert.is(wrong.status, 125);
  assert.match(wrong.stderr, "--vms takes a whole number from 1, not 'many'");
});

test.run();
