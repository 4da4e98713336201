import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Splat } from '../../tasks/console/splat.ts';
import type { Incident } from '../../tasks/evidence/incident.ts';
import type { Concluded, Verdict } from '../../tasks/watch/run.ts';
import type { Scene } from '../../tasks/watch/keep-evidence.ts';
import { Verdicts } from '../../tasks/watch/verdicts.ts';

const splat: Splat = { kind: 'warning', title: 'WARNING in f', lines: [], frames: [] };
const concluded = (number: number, verdict: Verdict): Concluded => ({ run: { number, cause: 'start', changed: [], restarts: 0, fromAt: 0, startAt: 0 } as unknown as Concluded['run'], verdict });

const scene = { booted: { image: '/vmlinux', foreign: false, state: undefined }, outputs: [], consoles: [] } as unknown as Scene;

test('a verdict with reports waits for their lines, and those after it wait for that; one without is told at once', async () => {
  const told: string[] = [];
  let found: () => void = () => undefined;
  const verdicts = new Verdicts({
    report: { verdict: ({ run }, decoded) => { told.push(`${run.number}${decoded === undefined ? '' : ' with lines'}`); } },
    note: (line) => { told.push(line); },
    decode: () => new Promise((resolve) => { found = () => resolve(new Map()); }),
    keep: () => Promise.resolve(),
  });
  verdicts.tell(concluded(1, { is: 'passed' }), undefined);
  assert.equal(told, ['1']);
  verdicts.tell(concluded(2, { is: 'splat', splats: [splat] }), scene);
  verdicts.tell(concluded(3, { is: 'passed' }), undefined);
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
    keep: () => Promise.resolve(),
  });
  verdicts.tell(concluded(1, { is: 'splat', splats: [splat] }), scene);
  await Promise.resolve();
  await verdicts.end();
  assert.equal(told, [1]);
});

test('evidence is kept after the verdict was told, one after the other, and no verdict waits for it; the end does', async () => {
  const said: string[] = [];
  const kept: (() => void)[] = [];
  const verdicts = new Verdicts({
    report: { verdict: ({ run }) => { said.push(`run ${run.number}`); } }, note: () => undefined, decode: () => Promise.resolve(new Map()),
    keep: ({ what }: Incident) => new Promise((resolve) => {
      said.push(`keeping ${what}`);
      kept.push(resolve);
    }),
  });
  verdicts.tell(concluded(1, { is: 'splat', splats: [splat] }), scene);
  verdicts.tell(concluded(2, { is: 'splat', splats: [splat] }), scene);
  verdicts.tell(concluded(3, { is: 'passed' }), undefined);
  await new Promise(setImmediate);
  assert.equal(said, ['run 1', 'run 2', 'run 3'].flatMap((line, i) => (i === 0 ? [line, 'keeping the kernel complained: WARNING in f'] : [line])));
  let ended = false;
  const end = verdicts.end().then(() => { ended = true; });
  await new Promise(setImmediate);
  assert.not(ended);
  kept[0]?.();
  await new Promise(setImmediate);
  assert.is(kept.length, 2);
  kept[1]?.();
  await end;
});

test.run();
