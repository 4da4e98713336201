/** Path profiles on the disk: kloop's, and a person's. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findProfile, profileDirs } from '../../tasks/paths/find.ts';
import { formatFailure, isFailure } from '../../tasks/report/failure.ts';
import { projectDir } from '../support/project.ts';

const shipped = join(projectDir, 'config/paths');

test('each that comes with kloop reads, and has a shape', () => {
  const names = readdirSync(shipped).map((name) => name.replace(/\.path$/, '')).sort();
  assert.equal(names, ['5g', 'delayed', 'dsl', 'lan', 'lossy', 'lte', 'lte-edge', 'satellite', 'sym', 'wifi', 'wifi-crowded']);
  for (const name of names) {
    const profile = findProfile(name, [shipped]);
    if (isFailure(profile)) throw new Error(formatFailure(profile));
    for (const link of [profile.down, profile.up]) assert.ok(link.rate !== undefined && link.delay > 0, name);
  }
});

test("a person's own come before kloop's; a broken one is named with its line", () => {
  const dir = mkdtempSync(join(tmpdir(), 'kloop-paths-'));
  mkdirSync(join(dir, 'kloop/paths'), { recursive: true });
  writeFileSync(join(dir, 'kloop/paths/lte.path'), 'delay=1ms\n');
  writeFileSync(join(dir, 'kloop/paths/bad.path'), 'delay=1ms\nfoo=2\n');
  const dirs = profileDirs({ projectDir, topDir: '/tree' }, { HOME: '/nobody', XDG_CONFIG_HOME: dir });
  assert.equal(dirs, ['/tree/.kloop/paths', join(dir, 'kloop/paths'), shipped]);
  const lte = findProfile('lte', dirs);
  assert.is(isFailure(lte) ? undefined : lte.up.delay, 1);
  const words = (name: string) => {
    const found = findProfile(name, dirs);
    return isFailure(found) ? formatFailure(found) : '';
  };
  assert.match(words('bad'), `${join(dir, 'kloop/paths/bad.path')} cannot be read`);
  assert.match(words('bad'), "line 2: 'foo'");
  assert.match(words('satelite'), '--path satellite');
  rmSync(dir, { recursive: true });
});

test.run();
