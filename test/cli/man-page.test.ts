import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { settingKeys } from '../../config/settings.ts';
import { flagsOf } from '../../tasks/cli/completion.ts';
import { documentedSettings, manPage } from '../../tasks/cli/man-page.ts';
import { commands } from '../../tasks/commands/index.ts';
import { findProgram } from '../../tasks/host/files.ts';
import { projectDir } from '../support/project.ts';
import { testIf } from '../support/skip-unless.ts';

const specs = await Promise.all(Object.values(commands).map((load) => load()));
const settings = documentedSettings(readFileSync(join(projectDir, 'config/defaults.env'), 'utf8'));
const page = manPage({ specs, settings, version: '1.2.3' });

test('each setting with its section, default and comment', () => {
  assert.equal(settings.map(({ key }) => key).sort(), [...settingKeys].sort());
  assert.equal(settings.filter(({ section, text }) => section === '' || text === ''), []);
  assert.equal(documentedSettings('# Head\n\n# --- One ---\n\n# What A is,\n# in two lines.\nA=1 2\n\n# B\nB=\n'), [
    { key: 'A', value: '1 2', section: 'One', text: 'What A is, in two lines.' },
    { key: 'B', value: '', section: 'One', text: 'B' },
  ]);
});

test('commands, options and settings are in it, called by name; nothing begins with a request by accident', () => {
  for (const spec of specs) {
    assert.match(page, `.SS "kloop ${spec.name} [options]`);
    for (const option of spec.options) assert.match(page, flagsOf(option).long.replaceAll('-', '\\-'));
  }
  for (const key of settingKeys) assert.match(page, `.B ${key}=`);
  assert.not.match(page, /npm run/);
  const requests = new Set(page.split('\n').filter((line) => /^[.']/.test(line)).map((line) => line.split(' ')[0]));
  assert.equal([...requests].sort(), ['.B', '.I', '.PP', '.SH', '.SS', '.TH', '.TP']);
  const odd = manPage({ specs: [], settings: [{ key: 'A', value: '^\\', section: 'One "two"', text: ".TH it's `a` ~ \\fB" }], version: '1' });
  assert.match(odd, '.B A=\\(ha\\e\n\\&.TH it\\(aqs \\(gaa\\(ga \\(ti \\efB\n');
});

testIf(findProgram('man') !== undefined && findProgram('groff') !== undefined, test)('man shows it without a warning, as it was written', () => {
  const dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  try {
    writeFileSync(join(dir, 'kloop.1'), page);
    const shown = spawnSync('man', ['--warnings', '-l', join(dir, 'kloop.1')], { encoding: 'utf8', env: { ...process.env, MANWIDTH: '100', LC_ALL: 'C.UTF-8', MANPAGER: 'cat' } });
    assert.is(shown.stderr, '');
    assert.match(shown.stdout, /^NAME\n +kloop - from an edit/m);
    assert.match(shown.stdout, /^ +--numa <nodes>/m);
    assert.match(shown.stdout, /^ +WATCH_PREFIX=\^\]/m);
    assert.match(shown.stdout, /^ +kloop vm -- uname -r$/m);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test.run();
