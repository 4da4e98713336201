/** The pages name commands, options and settings that exist. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { hostTools } from '../config/packages.ts';
import { settingKeys } from '../config/settings.ts';
import { commands } from '../tasks/commands/index.ts';
import { parseCall } from '../tasks/cli/parse.ts';
import { isFailure, formatFailure } from '../tasks/report/failure.ts';

const root = join(import.meta.dirname, '..');
const pages = ['README.md', 'docs/client-setup.md'];
/** Those that call it `kloop`: for people in a tree of their own. */
const kloopPages = ['docs/editors.md', 'docs/ci.md', 'docs/running-vms.md'];
const scripts = Object.keys((JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { scripts: object }).scripts);

for (const page of pages) {
  const text = readFileSync(join(root, page), 'utf8');

  test(`${page}: every command line is one that kloop takes`, async () => {
    const lines = [...text.matchAll(/npm run ([\w:-]+)((?: +-?-[^\n`#|]*)?)/g)];
    assert.ok(lines.length > 0);
    for (const [whole, name = '', rest = ''] of lines) {
      if (name === 'COMMAND') continue;
      assert.ok(scripts.includes(name), whole);
      const load = commands[name];
      const words = rest.trim().split(/ +/).filter((word) => word !== '' && word !== '…' && !word.includes('…'));
      if (load === undefined || words[0] !== '--') continue;
      const call = parseCall(await load(), words.slice(1));
      assert.not.ok(isFailure(call), `${whole}: ${isFailure(call) ? formatFailure(call) : ''}`);
    }
  });

  test(`${page}: every setting is one`, () => {
    // Written as settings are: KERNEL_…, VM_…, in code.
    const named = [...text.matchAll(/`(?:[^`\n]* )?([A-Z]+(?:_[A-Z]+)+)(?:=[^`]*|\/[^`]*)?`/g)].map((match) => match[1] ?? '');
    assert.equal(named.filter((key) => !settingKeys.includes(key)), []);
  });

  test(`${page}: every link to a file leads somewhere`, () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map((match) => match[1] ?? '');
    assert.equal(links.filter((link) => !existsSync(join(root, dirname(page), link))), []);
  });
}

for (const page of kloopPages) {
  const text = readFileSync(join(root, page), 'utf8');

  test(`${page}: every command line is one that kloop takes; every setting is one; README leads there`, async () => {
    const code = [...text.matchAll(/^ {4}.*$|^```[^]*?^```$|`[^`\n]+`/gm)].map(([part]) => part).join('\n');
    const lines = [...code.matchAll(/(?<=^|[\s"'(`])kloop ([a-z]+)((?: +[^\n`#|;&"']*)?)/g)];
    assert.ok(lines.length > 3);
    for (const [whole, name = '', rest = ''] of lines) {
      const load = commands[name];
      assert.ok(load !== undefined, whole);
      const call = parseCall(await load(), rest.split(/ +/).filter((word) => word !== '' && word !== '…'));
      assert.not.ok(isFailure(call), `${whole}: ${isFailure(call) ? formatFailure(call) : ''}`);
    }
    const named = [...code.matchAll(/\b((?:KERNEL|VM|BUILD|WATCH|REPOS|STATE)_[A-Z_]+)\b/g)].map((match) => match[1] ?? '');
    assert.equal(named.filter((key) => !settingKeys.includes(key)), []);
    assert.match(readFileSync(join(root, 'README.md'), 'utf8'), `](${page})`);
  });

  test(`${page}: every JSON is JSON, with comments where VS Code has them`, () => {
    const blocks = [...text.matchAll(/^```jsonc?\n([^]*?)^```$/gm)].map((match) => match[1] ?? '');
    for (const block of blocks) assert.not.throws(() => JSON.parse(block.replaceAll(/^\s*\/\/.*$/gm, '')) as unknown);
  });
}

test('README\'s one line for the tests is what CI runs', () => {
  const [, line = ''] = /^## Test\n\n {4}(.+)$/m.exec(readFileSync(join(root, 'README.md'), 'utf8')) ?? [];
  assert.match(line, /^npm ci && npm test /);
  assert.is(readFileSync(join(root, '.ci/run'), 'utf8').trimEnd().split('\n').at(-1), line);
});

test('architecture.md: each file that it names is there, and defines what it says', () => {
  const text = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
  const rows = [...text.matchAll(/^\| .+ \| `([^`]+)` \| `([^`]+)` \|$/gm)];
  assert.ok(rows.length >= 20);
  const wrong = rows.filter(([, file = '', name = '']) =>
    !existsSync(join(root, file)) || !new RegExp(`(?:function|const|class) ${name}\\b|^[a-z]\\w* ${name}\\(`, 'm').test(readFileSync(join(root, file), 'utf8')));
  assert.equal(wrong.map(([row]) => row), []);
  const named = [...text.matchAll(/`((?:[\w-]+\/)+[\w-]+\.ts)`/g)].map((match) => match[1] ?? '');
  assert.equal(named.filter((file) => !existsSync(join(root, file)) && !existsSync(join(root, 'tasks', file))), []);
});

test('README leads to the other pages', () => {
  assert.match(readFileSync(join(root, 'README.md'), 'utf8'), '](docs/architecture.md)');
});

test('README leads to client-setup.md', () => {
  assert.match(readFileSync(join(root, 'README.md'), 'utf8'), '](docs/client-setup.md)');
});

test('features that the page names are features', () => {
  const text = readFileSync(join(root, 'docs/client-setup.md'), 'utf8');
  const listed = /--install menuconfig`\s*\(or ([^)]*)\)/.exec(text)?.[1] ?? '';
  const features = new Set<string>(hostTools.map((tool) => tool.feature));
  const names = [...listed.matchAll(/`(\w+)`/g)].map((match) => match[1] ?? '');
  assert.ok(names.length > 3);
  assert.equal(names.filter((name) => !features.has(name)), []);
});

test.run();
