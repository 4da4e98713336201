/** `--mptcp`. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parseMultipath, unknownBackup } from '../../tasks/paths/multipath.ts';

test('the ways, and backups by name', () => {
  assert.equal(['subflow', 'signal', 'fullmesh', 'none'].map(parseMultipath), ['subflow', 'signal', 'fullmesh', 'none'].map((kind) => ({ value: { kind } })));
  assert.equal(parseMultipath('backup:lte,wifi2'), { value: { kind: 'backup', paths: ['lte', 'wifi2'] } });
  assert.equal(['userspace', 'userspace:own'].map(parseMultipath), ['kloop', 'own'].map((manager) => ({ value: { kind: 'userspace', manager } })));
  for (const text of ['backup', 'backup:', 'mesh', '']) assert.equal(parseMultipath(text), { wrong: 'expected one of subflow, signal, fullmesh, none, userspace, userspace:own, backup:PATH' });
});

test('a backup that is none of the paths', () => {
  assert.is(unknownBackup({ kind: 'backup', paths: ['lte'] }, ['wifi', 'lte']), undefined);
  assert.is(unknownBackup({ kind: 'signal' }, []), undefined);
  assert.is(unknownBackup({ kind: 'backup', paths: ['lt'] }, ['wifi', 'lte']), "no path is called 'lt'; did you mean lte? Paths: wifi, lte");
});

test.run();
