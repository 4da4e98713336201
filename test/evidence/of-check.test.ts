import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Outcome } from '../../tasks/checks/outcome.ts';
import { FailedTests } from '../../tasks/evidence/of-check.ts';
import { machineFailure } from '../../tasks/machine/reasons.ts';
import { interrupted } from '../../tasks/report/interrupted.ts';
import { splat } from './fixture.ts';

const dir = mkdtempSync(join(tmpdir(), 'kloop-checks-'));
test.after(() => rmSync(dir, { recursive: true, force: true }));
const file = (name: string, text: string) => {
  writeFileSync(join(dir, name), text);
  return join(dir, name);
};
const outcome = (id: string, more: Partial<Outcome> = {}): Outcome => ({ id, verdict: 'failed', why: 'status 1', tookMs: 1000, leaves: [], oddities: [], complaints: [], tail: ['last'], ...more });

test('nothing failed: nothing', () => {
  const tests = new FailedTests();
  tests.ended(outcome('./good', { verdict: 'passed' }), { vm: 0, console: '/c', splats: [] });
  tests.ended(outcome('./later', { verdict: 'skipped' }), { vm: 0, console: '/c', splats: [] });
  assert.is(tests.found(undefined), undefined);
});

test('one for all that failed: what was told, their outputs, their splats, their consoles as they were then', () => {
  const tests = new FailedTests();
  const console = file('console', 'as it was\n');
  tests.ended(outcome('./good', { verdict: 'passed' }), { vm: 0, console, splats: [] });
  tests.ended(outcome('./bad', { log: file('1-1-.+bad.log', 'out\n') }), { vm: 0, console, splats: [splat] });
  rmSync(console);
  tests.ended(outcome('kunit:x', { log: join(dir, 'gone.log') }), { vm: 0, console: join(dir, 'gone'), splats: [] });
  const found = tests.found(undefined);
  assert.is(found?.what, '2 of 3 tests failed: ./bad, kunit:x');
  assert.equal(found?.told.slice(0, 2), ['./bad: failed in 1.0 s: status 1', '  | last']);
  assert.equal(found?.outputs.map(({ name, of, text }) => [name, of, text.data.toString()]), [['output-1-1-.+bad.log', './bad', 'out\n']]);
  assert.equal(found?.consoles.map(({ path, text }) => [path, text?.data.toString()]), [[console, 'as it was\n'], [join(dir, 'gone'), undefined]]);
  assert.equal(found?.splats, [splat]);
});

test('a test that was not run has no console', () => {
  const tests = new FailedTests();
  tests.ended(outcome('./bad', { verdict: 'lost' }), { vm: 0, console: '', splats: [] });
  assert.equal(tests.found(undefined)?.consoles, []);
});

test('of many boots the first consoles are held; of many tests the first outputs', () => {
  const tests = new FailedTests();
  for (let i = 0; i < 30; i++) tests.ended(outcome(`./${i}`, { log: file(`${i}.log`, 'x') }), { vm: 0, console: file(`c${i}`, 'c'), splats: [] });
  const found = tests.found(undefined);
  assert.equal([found?.outputs.length, found?.consoles.length, found?.consoles.filter(({ text }) => text !== undefined).length], [16, 30, 4]);
  assert.match(found?.what ?? '', /^30 of 30 tests failed: \.\/0, \.\/1, \.\/2 and 27 more$/);
});

test('a VM that was lost at its boot, whatever failed before; one that a person ended leaves nothing', () => {
  const tests = new FailedTests();
  const lost = machineFailure({ reason: 'vm-lost', verdict: { kind: 'panic', line: 'x' }, qemu: 'status 0', splats: [splat], tail: [], log: '/log' });
  const alone = tests.found(lost);
  assert.equal([alone?.what, alone?.splats, alone?.consoles, alone?.outputs], ['the VM was lost: its kernel panicked: x', [splat], [{ path: '/log' }], []]);
  tests.ended(outcome('./bad'), { vm: 0, console: '/c', splats: [splat] });
  assert.equal(tests.found(lost)?.consoles.map(({ path }) => path), ['/log', '/c']);
  assert.is(tests.found(interrupted()), undefined);
});

test.run();
