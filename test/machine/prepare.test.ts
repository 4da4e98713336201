import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { isFailure } from '../../tasks/report/failure.ts';
import { formatFailure } from '../../tasks/report/words.ts';
import { contradiction, readImage } from '../../tasks/machine/prepare.ts';
import { plainRequest } from './plain.ts';

test('contradictions are refused before anything starts', () => {
  assert.is(contradiction(plainRequest), undefined);
  assert.match(contradiction({ ...plainRequest, kernelOptions: ['a b'] })?.wrong ?? '', 'splits at spaces');
  assert.is(contradiction({ ...plainRequest, kernelOptions: ['dyndbg="file a +p"'] }), undefined);
  assert.match(contradiction({ ...plainRequest, rwDirs: ['/d'], clearDirs: ['/d'] })?.wrong ?? '', 'both writable');
});

test('a kernel that is none is worded', () => {
  const dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  const words = (path: string): string => {
    const image = readImage(path);
    return isFailure(image) ? formatFailure(image) : 'a kernel';
  };
  try {
    writeFileSync(join(dir, 'text'), 'hello\n'.repeat(1000));
    assert.match(words(join(dir, 'text')), 'is no kernel');
    assert.match(words(join(dir, 'none')), 'there is no kernel');
    assert.match(words(dir), 'is no kernel: it is a folder');
    assert.match(words(process.execPath), 'is no kernel');
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test.run();
