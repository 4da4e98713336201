/** clangd in the tree that kloop has built: what it says of a source by compile_commands.json. */
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { findProgram } from '../../../tasks/host/files.ts';
import { testIf } from '../../support/skip-unless.ts';

const tree = process.env['KLOOP_TEST_TREE'] ?? '';
const clangd = findProgram('clangd');
if (clangd === undefined) console.log('# clangd: skipped, for lack of it');

test('each source of the kernel is in it, with the command that make ran', () => {
  const rows = JSON.parse(readFileSync(join(tree, 'compile_commands.json'), 'utf8')) as { directory: string; file: string; command: string }[];
  assert.ok(rows.length > 1000, `${rows.length} files`);
  const row = rows.find(({ file }) => file === join(tree, 'net/mptcp/protocol.c'));
  assert.is(row?.directory, tree);
  assert.match(row?.command ?? '', /-DKBUILD_MODNAME='"mptcp"'.* -c -o net\/mptcp\/protocol\.o net\/mptcp\/protocol\.c$/);
  // It is a command: what it compiles is compiled.
  execFileSync('sh', ['-c', (row?.command ?? '').replace('-c -o net/mptcp/protocol.o', '-fsyntax-only').replace(/-Wp,-MMD,\S+/, '')], { cwd: tree });
});

testIf(clangd !== undefined, test)('clangd has nothing to say against net/mptcp/protocol.c', () => {
  const ran = spawnSync(clangd ?? '', ['--check=net/mptcp/protocol.c', '--check-lines=1-2', `--compile-commands-dir=${tree}`, '--log=info'], { cwd: tree, encoding: 'utf8', timeout: 300_000 });
  const said = ran.stderr.split('\n').filter((line) => /^E\[/.test(line));
  assert.equal(said, [], ran.stderr.slice(-3000));
  assert.is(ran.status, 0, ran.stderr.slice(-3000));
});

test.run();
