/** The real `ip monitor`, in a network namespace of its own where this user may make one. */
import { execFileSync, spawnSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Processes } from '../../../tasks/host/processes/process.ts';
import { NetworkMonitor } from '../../../tasks/network/host/monitor.ts';
import { testIf } from '../../support/skip-unless.ts';

const none = new AbortController().signal;
const mayMakeNamespaces = spawnSync('unshare', ['--net', 'ip', 'link']).status === 0;

testIf(mayMakeNamespaces, test)('a change wakes the one who waits; without one the time passes', async () => {
  const namespace = `kloop-monitor-${process.pid}`;
  execFileSync('ip', ['netns', 'add', namespace]);
  try {
    const inside = new Processes();
    const monitor = new NetworkMonitor(['address'], { run: (command) => inside.run({ ...command, argv: ['ip', 'netns', 'exec', namespace, ...command.argv] }) });
    // It takes a moment to listen: addresses come until one is heard.
    let woken = false;
    const waiting = monitor.next(60_000, none).then(() => { woken = true; });
    for (let i = 0; !woken && i < 250; i++) {
      execFileSync('ip', ['-n', namespace, 'addr', 'add', `192.0.2.${i}/32`, 'dev', 'lo']);
      await Promise.race([waiting, new Promise((resolve) => { setTimeout(resolve, 20); })]);
    }
    assert.ok(woken);
    await monitor.end();
  } finally {
    execFileSync('ip', ['netns', 'del', namespace]);
  }
});

test('where there is no ip, or it cannot listen, the time passes; an abort ends the wait', async () => {
  const gone = new NetworkMonitor([], { run: () => Promise.resolve({ status: 1, stdout: '', stderr: '', tail: [] }) });
  const began = performance.now();
  await gone.next(30, none);
  assert.ok(performance.now() - began >= 29);
  const stop = new AbortController();
  const waiting = gone.next(60_000, stop.signal);
  stop.abort();
  await waiting;
  await gone.end();
});

test.run();
