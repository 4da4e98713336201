import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { OwnConfig } from '../../tasks/watch/own-config.ts';

const test = suite<{ dir: string }>('own config');
test.before.each((context) => { context.dir = mkdtempSync(join(tmpdir(), 'kloop-test-')); });
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const event = { target: 'config', title: 'config' };

test('what kloop has written is no news; what a person writes then is', ({ dir }) => {
  const path = join(dir, '.config');
  const own = new OwnConfig(() => path);
  writeFileSync(path, 'A=y\n');
  assert.not(own.made(path));
  own.note({ ...event, kind: 'started', reason: undefined });
  assert.ok(own.made(path), 'while its target runs');
  writeFileSync(path, 'B=y\n');
  own.note({ ...event, kind: 'finished', elapsedMs: 1 });
  assert.ok(own.made(path));
  assert.not(own.made(join(dir, 'fragment')));
  writeFileSync(path, 'C=y\n');
  assert.not(own.made(path));
  own.buildEnded();
  assert.ok(own.made(path));
});

test('whether it was told of, by the last build', ({ dir }) => {
  const own = new OwnConfig(() => join(dir, '.config'));
  own.note({ ...event, kind: 'said', line: 'x' });
  assert.ok(own.told);
  own.buildBegins();
  assert.not(own.told);
});

test('no file, or none known yet', () => {
  const own = new OwnConfig(() => undefined);
  own.buildEnded();
  assert.not(own.made('/x/.config'));
});

test.run();
