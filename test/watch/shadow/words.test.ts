import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { shadowJson, shadowLine, shadowed } from '../../../tasks/watch/shadow/words.ts';

const run = { variant: 'debug', run: 3 };
const wording = { short: (path: string) => path.replace('/state/', ''), colour: false };
const line = (exit: number, stdout: string, log?: string) => shadowLine(shadowed(run, { exit, stdout, tookMs: 41_000 }), { ...wording, log });

test('a command that passed', () => {
  assert.is(line(0, '{"verdict":"passed","exit":0}\n'), '✓ run 3, debug: passed · 41.0 s');
});

test('a command that failed: where its output is', () => {
  assert.is(line(3, '{"verdict":"failed","exit":3}\n', '/state/logs/shadow-1.log'), '✗ run 3, debug: failed, status 3; its output: logs/shadow-1.log · 41.0 s');
});

test('what the kernel complained of, and the evidence', () => {
  const printed = JSON.stringify({ verdict: 'splat', exit: 0, splats: [{ kind: 'kasan', title: 'BUG: KASAN: use-after-free' }, { kind: 'warning', title: 'W' }], evidence: '/state/evidence/x' });
  assert.is(line(0, `${printed}\n`, '/state/logs/shadow-1.log'), '✗ run 3, debug: splat: BUG: KASAN: use-after-free, and 1 more; evidence: evidence/x · 41.0 s');
});

test('a build that failed says why', () => {
  assert.is(line(125, '{"verdict":"build-failed","exit":125,"words":"the kernel does not compile: a.c"}\n'), '✗ run 3, debug: build failed: the kernel does not compile: a.c · 41.0 s');
});

test('tests have a status, and no line of JSON that is read', () => {
  assert.is(line(0, 'ok 1 a\n'), '✓ run 3, debug: passed · 41.0 s');
  assert.is(line(1, 'not ok 1 a\n', '/state/l'), '✗ run 3, debug: failed, status 1; its output: l · 41.0 s');
  assert.is(line(137, ''), '✗ run 3, debug: not run · 41.0 s');
});

test('as data', () => {
  const shadow = shadowed(run, { exit: 3, stdout: '{"verdict":"failed"}', tookMs: 1234.5 });
  assert.equal(JSON.parse(shadowJson(shadow, '/l')), { shadow: 'debug', run: 3, verdict: 'failed', exit: 3, log: '/l', totalMs: 1235 });
});

test.run();
