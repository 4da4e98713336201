import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { resolveSettings, settingKeys } from '../../config/settings.ts';
import { commands } from '../../tasks/commands/index.ts';
import { commandHelp, overallHelp } from '../../tasks/cli/help.ts';

const specs = await Promise.all(Object.values(commands).map((load) => load()));
/** A VM has many options, one a line: these want a taller screen than the smallest. */
const tall = new Set(['vm', 'watch', 'check', 'bisect', 'each', 'interop']);

for (const spec of specs) {
  const most = tall.has(spec.name) ? 70 : 24;
  test(`the help of '${spec.name}' fits a screen of 80 by ${most}`, () => {
    const lines = commandHelp(spec, 80).split('\n');
    assert.ok(lines.length <= most, `${lines.length} lines`);
    assert.equal(lines.filter((line) => line.length > 80), []);
    assert.ok(spec.examples.length > 0);
  });
}

test('the commands fit a screen of 80 by 24, each on a line, or with its kind', () => {
  const lines = overallHelp(specs, 80).split('\n');
  assert.ok(lines.length <= 24, `${lines.length} lines`);
  assert.equal(lines.filter((line) => line.length > 80), []);
  for (const { name, kind } of specs) assert.ok(lines.some((line) => (kind === undefined ? line.startsWith(`  ${name} `) : line.split(/[ ,.]+/).includes(name))), name);
});

test('an option that overrides a setting names it in its help; there is such a setting, and it takes the value', () => {
  const base = { projectDir: '/', home: '/' };
  for (const spec of specs) for (const { flags, setting } of spec.options) {
    if (setting === undefined) continue;
    assert.ok(settingKeys.includes(setting.key), `${flags}: ${setting.key}`);
    if (setting.value !== undefined) assert.not.ok(Array.isArray(resolveSettings([{ name: 'here', values: { [setting.key]: setting.value } }], base)), flags);
    assert.match(commandHelp(spec, 200), setting.key);
  }
});

test.run();
