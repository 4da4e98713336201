import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { aclVerdict, type ReadAcl } from '../../../tasks/network/host/acl.ts';
import { hostFailure } from '../../../tasks/host/reasons.ts';

const conf = '/etc/qemu/bridge.conf';
const reading = (files: Readonly<Record<string, string>>): ReadAcl => (path) => files[path];
const verdict = (text: string, more: Readonly<Record<string, string>> = {}) => aclVerdict('br.0', conf, reading({ [conf]: text, ...more }));

test('what it allows, by name or all; nothing else, and no list allows nothing', () => {
  assert.equal(verdict('# allow br.0\n\n  allow\tbr.0  \n'), { kind: 'allowed' });
  assert.equal(verdict('allow all'), { kind: 'allowed' });
  assert.equal(verdict('allow brx0\nallow br.01\n'), { kind: 'refused' });
  assert.equal(verdict(''), { kind: 'refused' });
  assert.equal(aclVerdict('br.0', conf, reading({})), { kind: 'refused' });
});

test('include is followed; one that is not there is passed over, and a circle ends', () => {
  assert.equal(verdict('include /etc/qemu/more.conf', { '/etc/qemu/more.conf': 'allow br.0\n' }), { kind: 'allowed' });
  assert.equal(verdict('include /etc/qemu/none.conf\nallow br.0'), { kind: 'allowed' });
  assert.equal(verdict('include /etc/qemu/none.conf'), { kind: 'refused' });
  assert.equal(verdict(`include ${conf}\nallow br.0`), { kind: 'allowed' });
});

test('a deny wins, wherever it stands; a line that is none refuses all', () => {
  assert.equal(verdict('allow br.0\ndeny all'), { kind: 'refused', by: { file: conf, text: 'deny all' } });
  assert.equal(verdict('include /m\nallow br.0', { '/m': 'deny br.0' }), { kind: 'refused', by: { file: '/m', text: 'deny br.0' } });
  assert.equal(verdict('deny br.1\nallow br.0'), { kind: 'allowed' });
  assert.equal(verdict('allow br.0\nalow br.1'), { kind: 'refused', by: { file: conf, text: 'alow br.1' } });
  assert.equal(verdict('allow br.0\nallow'), { kind: 'refused', by: { file: conf, text: 'allow' } });
});

test('a line that is none ends a file that is included, and no more', () => {
  assert.equal(verdict('include /m\nallow br.0', { '/m': 'alow br.1\ndeny br.0' }), { kind: 'allowed' });
  assert.equal(verdict('include /m', { '/m': 'allow br.0\nalow br.1' }), { kind: 'allowed' });
});

test('what we may not read, the helper may', () => {
  const unreadable = hostFailure({ reason: 'file-error', doing: 'reading a file', path: conf, code: 'EACCES', message: '' });
  assert.equal(aclVerdict('br.0', conf, () => unreadable), { kind: 'unreadable' });
  assert.equal(aclVerdict('br.0', conf, (path) => (path === conf ? 'allow br.0\ninclude /secret' : unreadable)), { kind: 'unreadable' });
});

test('from the disk', () => {
  const dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  try {
    writeFileSync(join(dir, 'bridge.conf'), `include ${join(dir, 'more.conf')}\n`);
    writeFileSync(join(dir, 'more.conf'), 'allow br.0\n');
    assert.equal(aclVerdict('br.0', join(dir, 'bridge.conf')), { kind: 'allowed' });
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test.run();
