import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { linesOf, resultsTable } from '../../tasks/progress/variants.ts';

test('a line for each variant, in columns', () => {
  assert.is(resultsTable([
    { name: 'debug', status: 0, how: 'command', reports: 2, tookMs: 12_300 },
    { name: 'btf', status: 3, how: 'command', reports: 0, tookMs: 800 },
    { name: 'lost', status: 255, how: 'failure', reports: 1, tookMs: 61_000 },
    { name: 'late', status: 124, how: 'failure', reports: 0, tookMs: 5000 },
    { name: 'broken', status: 125, how: 'not-run', reports: 0, tookMs: 5000 },
    { name: 'no-qemu', status: 125, how: 'failure', reports: 0, tookMs: 50 },
  ]), [
    'kloop: debug    status 0, the kernel complained 2 times  12.3 s',
    'kloop: btf      status 3                                 0.8 s',
    'kloop: lost     the VM was lost, the kernel complained   1 min 1 s',
    'kloop: late     timed out                                5.0 s',
    'kloop: broken   not run                                  5.0 s',
    'kloop: no-qemu  failed                                   50 ms',
    '',
  ].join('\n'));
  assert.is(resultsTable([]), '');
});

test('lines get their prefix when they are whole; the last one is ended', () => {
  const written: string[] = [];
  const lines = linesOf('a: ', (text) => written.push(text.toString()));
  for (const chunk of ['on', 'e\ntwo\nth', '\n\n', 'end']) lines.push(Buffer.from(chunk));
  assert.equal(written, ['a: one\na: two\n', 'a: th\na: \n']);
  lines.end();
  assert.equal(written.at(-1), 'a: end\n');
  lines.end();
  assert.is(written.length, 3);
});

test('bytes stay as they are; a line without an end is parted', () => {
  const written: Buffer[] = [];
  const lines = linesOf('', (text) => written.push(Buffer.from(text)));
  lines.push(Buffer.from([0xff, 0xc3, 0x0a]));
  assert.equal(written[0], Buffer.from([0xff, 0xc3, 0x0a]));
  lines.push(Buffer.alloc(70_000, 'x'));
  assert.is(written[1]?.length, 70_001);
});

test.run();
