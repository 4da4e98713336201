/** The steps of `bridge up`, with harmless commands in the place of root's: what is said and kept when they must be undone. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Processes } from '../../../tasks/host/processes/process.ts';
import { readRecord, type BridgeRecord } from '../../../tasks/network/bridge/record.ts';
import type { Step } from '../../../tasks/network/step.ts';
import { takeSteps } from '../../../tasks/network/bridge/up.ts';
import { isFailure, formatFailure } from '../../../tasks/report/failure.ts';

const it = suite<{ dir: string }>('bridge up');
it.before.each((context) => { context.dir = mkdtempSync(join(tmpdir(), 'kloop-test-')); });
it.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const step = (argv: readonly string[], ...undo: readonly (readonly string[])[]): Step => ({ title: 'a step', argv, undo });
const sh = (line: string) => ['sh', '-c', line];

async function take(dir: string, steps: readonly Step[]): Promise<{ reason: string | undefined; words: string; record: BridgeRecord | undefined }> {
  const recordPath = join(dir, 'record.json');
  const record: BridgeRecord = { version: 1, bridge: 'br7', boot: 'b', setting: 'none', uplink: { kind: 'private', why: '' }, before: [], steps, begun: 0, complete: false };
  const ended = await takeSteps({
    plan: { steps, confirming: [], gatewayMs: 0, notes: [] }, record, recordPath, gateways: [],
    processes: new Processes(), privilege: { uid: 0 }, say: () => undefined, signal: new AbortController().signal, log: join(dir, 'log'),
  });
  return { reason: isFailure(ended) ? ended.detail.reason : undefined, words: isFailure(ended) ? formatFailure(ended) : '', record: readRecord(recordPath) };
}

it('all steps taken: the record is kept, and nothing undone', async ({ dir }) => {
  const { reason, record } = await take(dir, [step(['mkdir', join(dir, 'made')], ['rmdir', join(dir, 'made')])]);
  assert.is(reason, undefined);
  assert.ok(existsSync(join(dir, 'made')));
  assert.equal([record?.complete, record?.begun], [true, 1]);
});

it('one fails: what was begun is undone, the last one first, and the record is gone', async ({ dir }) => {
  const made = join(dir, 'made');
  const { reason, record } = await take(dir, [
    step(['mkdir', made], ['rmdir', made]),
    step(['mkdir', join(made, 'in')], ['rmdir', join(made, 'in')]),
    // Its own undo fails, for there is nothing to undo: no cause for alarm.
    step(['false'], ['rmdir', join(dir, 'never-made')]),
    step(['mkdir', join(dir, 'not-reached')]),
  ]);
  assert.is(reason, 'command-failed');
  assert.not.ok(existsSync(made));
  assert.not.ok(existsSync(join(dir, 'not-reached')));
  assert.is(record, undefined);
});

it('an undo that fails is named, the rest is undone all the same, and the record is kept for down', async ({ dir }) => {
  const made = join(dir, 'made');
  const { reason, words, record } = await take(dir, [
    step(['mkdir', made], ['rmdir', made]),
    step(['true'], sh('echo it is busy >&2; exit 2'), ['rmdir', join(dir, 'other')]),
    step(['mkdir', join(dir, 'other')]),
    step(['false']),
  ]);
  assert.is(reason, 'undo-failed');
  assert.match(words, /br7 was not made, and the network could not be fully restored/);
  assert.match(words, /a step failed: false ended with status 1/);
  assert.match(words, /failed: sh -c 'echo it is busy >&2; exit 2'\n +it is busy/);
  assert.match(words, /Next: npm run bridge -- down/);
  assert.not.ok(existsSync(made));
  assert.not.ok(existsSync(join(dir, 'other')));
  assert.equal([record?.complete, record?.begun], [false, 4]);
});

it('its guard ended by somebody: kloop undoes by itself, and names what fails likewise', async ({ dir }) => {
  const made = join(dir, 'made');
  // The one child of this process that is a bash of its own.
  const endGuard = sh(`for p in /proc/[0-9]*; do grep -q "^PPid:\t${process.pid}$" $p/status 2>/dev/null && [ "$(cat $p/comm)" = bash ] && kill -9 "\${p#/proc/}"; done; :`);
  const { reason, words } = await take(dir, [
    step(['mkdir', made], ['rmdir', made], sh('echo gone wrong >&2; exit 3')),
    step(endGuard),
    step(['true']),
  ]);
  assert.is(reason, 'undo-failed');
  assert.match(words, /the guard of br7 ended too early \(it was killed, or kloop was stopped for 90 s\)\n/);
  assert.match(words, /failed: sh -c 'echo gone wrong >&2; exit 3'/);
  assert.not.ok(existsSync(made));
});

it.run();
