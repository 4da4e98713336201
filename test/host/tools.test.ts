import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HostTool, Probe } from '../../config/packages.ts';
import { missingTools, searchPlaces, type SearchPlaces } from '../../tasks/host/tools.ts';

let root: string;
let places: SearchPlaces;
test.before.each(() => {
  root = mkdtempSync(join(tmpdir(), 'kloop ü '));
  places = { programs: join(root, 'bin'), headers: [join(root, 'include')], libraries: [join(root, 'lib')] };
  for (const dir of ['bin', 'include/sub', 'lib', 'py3.9/dist', 'py3.11/site']) mkdirSync(join(root, dir), { recursive: true });
});
test.after.each(() => rmSync(root, { recursive: true }));

const tool = (probe: Probe): HostTool => ({ name: 'it', feature: 'vm', reason: '', probe, packages: { debian: 'it', arch: 'it', fedora: 'it' } });
const isHere = (probe: Probe) => missingTools([tool(probe)], places).length === 0;

test('a program counts when it can be run, by any of its names', () => {
  const probe: Probe = { kind: 'program', names: ['no-such-tool-a', 'no-such-tool-b'] };
  assert.not.ok(isHere(probe));
  writeFileSync(join(root, 'bin/no-such-tool-b'), '#!/bin/sh\n');
  assert.not.ok(isHere(probe));
  chmodSync(join(root, 'bin/no-such-tool-b'), 0o755);
  assert.ok(isHere(probe));
});

test('headers and libraries are looked for in their directories', () => {
  assert.not.ok(isHere({ kind: 'header', path: 'sub/x.h' }));
  writeFileSync(join(root, 'include/sub/x.h'), '');
  assert.ok(isHere({ kind: 'header', path: 'sub/x.h' }));
  assert.not.ok(isHere({ kind: 'library', name: 'libx.a' }));
  writeFileSync(join(root, 'lib/libx.a'), '');
  assert.ok(isHere({ kind: 'library', name: 'libx.a' }));
});

test('a star in a path stands for part of a name, and only for that', () => {
  const probe: Probe = { kind: 'file', paths: [join(root, 'py3.*/*te/mod.py')] };
  assert.not.ok(isHere(probe));
  writeFileSync(join(root, 'py3.9/dist/mod.py'), '');
  assert.not.ok(isHere(probe));
  writeFileSync(join(root, 'py3.11/site/mod.py'), '');
  assert.ok(isHere(probe));
});

test("the compiler's own variables count", () => {
  assert.ok(searchPlaces({ CPATH: '/opt/a:/opt/b' }).headers.includes('/opt/b'));
  assert.ok(searchPlaces({ LIBRARY_PATH: '/opt/lib' }).libraries.includes('/opt/lib'));
});

test.run();
