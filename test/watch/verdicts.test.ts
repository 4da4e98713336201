import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Splat } from '../../tasks/console/splat.ts';
import type { Concluded, Verdict } from '../../tasks/watch/run.ts';
import { Verdicts } from '../../tasks/watch/verdicts.ts';

const splat: Splat = { kind: 'warning', title: 'WARNING in f', lines: [], frames: [] };
const concluded = (number: number, verdict: Verdict): Concluded => ({ run: { number, cause: 'start', changed: [], restarts: 0, fromAt: 0, startAt: 0 } as unknown as Concluded['run'], verdict });

test('a verdict with reports waits for their lines, and those after it wait for that; one without is told at once', async () => {
  const told: string[] = [];
  let found: () => void = () => undefined;
  const verdicts = new Verdicts({
    report: { verdict: ({ run }, decoded) => { told.push(`${run.number}${decoded === undefined ? '' : ' with lines'}`); } },
    note: (line) => { told.push(line); },
    decode: () => new Promise((resolve) => { found = () => resolve(new Map()); }),
  });
  const ran = { image: '/vmlinux', foreign: false };
  verdicts.tell(concluded(1, { is: 'passed' }), ran);
  assert.equal(told, ['1']);
  verdicts.tell(concluded(2, { is: 'splat', splats: [splat] }), ran);
  verdicts.tell(concluded(3, { is: 'passed' }), ran);
  await Promise.resolve();
  assert.equal(told, ['1', 'run 2: the kernel complained: WARNING in f']);
  found();
  await verdicts.end();
  assert.equal(told.slice(2), ['2 with lines', '3']);
});

test('the end does not wait for lines: who finds them is told', async () => {
  const told: number[] = [];
  const verdicts = new Verdicts({
    report: { verdict: ({ run }) => { told.push(run.number); } }, note: () => undefined,
    decode: (_, __, signal) => new Promise((resolve) => { signal.addEventListener('abort', () => resolve(new Map())); }),
  });
  verdicts.tell(concluded(1, { is: 'splat', splats: [splat] }), { image: '/vmlinux', foreign: false });
  await Promise.resolve();
  await verdicts.end();
  assert.equal(told, [1]);
});

test.run();
