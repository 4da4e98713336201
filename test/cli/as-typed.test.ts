import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { asTyped, byName } from '../../tasks/cli/as-typed.ts';
import { commandHelp, overallHelp } from '../../tasks/cli/help.ts';
import { parseCall } from '../../tasks/cli/parse.ts';
import { commands } from '../../tasks/commands/index.ts';
import { formatFailure, isFailure } from '../../tasks/report/failure.ts';

const root = join(import.meta.dirname, '../..');
const specs = await Promise.all(Object.values(commands).map((load) => load()));

test('commands as they are typed: without npm, and without its --', () => {
  for (const [text, told] of [
    ['npm run vm', 'kloop vm'],
    ['npm run vm -- --install', 'kloop vm --install'],
    ['npm run vm -- -- sh -c "a -- b"', 'kloop vm -- sh -c "a -- b"'],
    ['VM_ACCEL=tcg npm run vm   # slowly', 'VM_ACCEL=tcg kloop vm   # slowly'],
    ['sudo npm run vm -- --run-as "$USER"', 'sudo kloop vm --run-as "$USER"'],
    ['after `npm run bridge -- down`, or npm run config -- --reset takes them out', 'after `kloop bridge down`, or kloop config --reset takes them out'],
    ['npm run -s completion bash >file', 'kloop completion bash >file'],
    ['npx kloop --help', 'kloop --help'],
    ['less config/defaults.env   # describes it', 'man kloop   # describes it'],
    ['net/mptcp/pm.c:3: error: npm runs', 'net/mptcp/pm.c:3: error: npm runs'],
  ] as const) assert.is(byName(text), told);
});

test('by the name that it was started by', () => {
  assert.is(asTyped('npm run vm', '/home/me/.local/bin/kloop'), 'kloop vm');
  assert.is(asTyped('npm run vm', '/home/me/kloop/tasks/launch.cjs'), 'npm run vm');
});

test('help by name: no word of npm, each line in its width', () => {
  const texts = [overallHelp(specs, 80, byName), ...specs.map((spec) => commandHelp(spec, 80, byName))];
  assert.equal(texts.flatMap((text) => text.split('\n')).filter((line) => /\bnpm\b/.test(line) || line.length > 80), []);
});

test('each command line in kloop\'s own texts is one that it takes, by name as well', async () => {
  const files = readdirSync(join(root, 'tasks'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts') && !name.startsWith('cli/'));
  // Up to where it is put together, or the sentence goes on.
  const lines = files.flatMap((name) => [...byName(readFileSync(join(root, 'tasks', name), 'utf8')).matchAll(/\bkloop ([a-z]+)((?: --?[a-z][\w-]*(?![\w<]))*)(?=['`\s])/g)].map((match) => ({ name, match })));
  const ours = lines.filter(({ match }) => commands[match[1] ?? ''] !== undefined && match[2] !== '');
  assert.ok(ours.length > 30, String(ours.length));
  for (const { name, match: [line, command = '', rest = ''] } of ours) {
    const options = rest.trim().split(' ').filter((word) => word !== '' && word !== '--');
    const call = parseCall(await commands[command]?.() ?? specs[0]!, options);
    // An option whose value is put in at run time.
    if (isFailure(call) && !/argument missing/.test(formatFailure(call))) throw new Error(`${name}: ${line}: ${formatFailure(call)}`);
  }
});

test.run();
