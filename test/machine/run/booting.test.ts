import { mock } from 'node:test';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { showBooting } from '../../../tasks/machine/run/booting.ts';

/** What is shown in so many seconds, and at the end. */
function shown(seconds: number, hasStatus: boolean, shellAfter?: number): { status: string[]; said: string[] } {
  const status: string[] = [];
  const said: string[] = [];
  mock.timers.enable({ apis: ['setInterval'] });
  try {
    const { over, shellBegun } = showBooting({ status: hasStatus ? (text) => { status.push(text); } : undefined, say: (line) => { said.push(line); }, console: 'console.log' });
    mock.timers.tick((shellAfter ?? 0) * 1000);
    if (shellAfter !== undefined) shellBegun();
    mock.timers.tick((seconds - (shellAfter ?? 0)) * 1000);
    over();
    over();
    mock.timers.tick(10_000);
  } finally {
    mock.timers.reset();
  }
  return { status, said };
}

test('on a terminal: the seconds, where the console is when it takes long, and the line goes away', () => {
  assert.equal(shown(6, true), {
    status: [
      'booting … 1 s', 'booting … 2 s', 'booting … 3 s', 'booting … 4 s',
      'booting … 5 s; its console: console.log', 'booting … 6 s; its console: console.log', '',
    ],
    said: [],
  });
});

test('a kernel that is there is not booting: its shell takes its time', () => {
  assert.equal(shown(3, true, 2).status, ['booting … 1 s', 'booting … 2 s', 'booted; the shell is starting … 2 s', 'booted; the shell is starting … 3 s', '']);
});

test('elsewhere: one line when it takes long', () => {
  assert.equal(shown(4, false).said, []);
  assert.equal(shown(30, false), { status: [], said: ['booting … 5 s; its console: console.log'] });
});

test('a boot of less than a second shows nothing, and takes nothing away', () => {
  assert.equal(shown(0.9, true), { status: [], said: [] });
});

test.run();
