/** With real repositories. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { sourceFacts } from '../../../tasks/evidence/gather/source.ts';
import { Processes } from '../../../tasks/host/processes/process.ts';
import { writeManifest } from '../../../tasks/kernel/source/manifest.ts';
import { git, littleRepository, littleTree, write } from '../../support/little-kernel.ts';

let dir: string;
test.before.each(() => { dir = mkdtempSync(join(tmpdir(), 'kloop source-')); });
test.after.each(() => rmSync(dir, { recursive: true, force: true }));

const processes = new Processes();
async function found(tree: string | undefined, builtMs = Infinity) {
  mkdirSync(join(dir, 'scratch'), { recursive: true });
  const { facts, part } = await sourceFacts({ tree, builtMs, scratch: join(dir, 'scratch'), run: (command) => processes.run(command) });
  assert.equal(readdirSync(join(dir, 'scratch')), [], 'nothing is left on the way');
  return { facts, diff: 'data' in part ? Buffer.from(part.data) : undefined, leftOut: 'data' in part ? part.leftOut : undefined, why: 'why' in part ? part.why : undefined };
}

test('HEAD, what is changed and new, and a difference that makes of HEAD what is there', async () => {
  const tree = littleRepository(join(dir, 'tree'));
  // A person's own settings must not show in it.
  for (const [key, value] of [['diff.noprefix', 'true'], ['color.ui', 'always'], ['diff.external', 'false'], ['diff.renames', 'copies']] as const) git(tree, 'config', key, value);
  write(join(tree, 'net/mptcp/pm.c'), '// three\n');
  writeFileSync(join(tree, 'Kbuild'), Buffer.from([0x23, 0xe9, 0x0a]));
  git(tree, 'add', 'Kbuild');
  write(join(tree, 'net/mptcp/new file.c'), '// new\n');
  write(join(tree, 'certs/key.pem'), 'PRIVATE KEY');
  write(join(tree, 'todo.txt'), 'mine');
  write(join(tree, 'net/mptcp/pm.o'), 'object');
  const index = readFileSync(join(tree, '.git/index'));
  const { facts, diff, leftOut } = await found(tree);
  assert.is(facts.kind, 'git');
  if (facts.kind !== 'git' || diff === undefined) return assert.unreachable();
  assert.equal([facts.commit, facts.subject, facts.branch], [git(tree, 'rev-parse', 'HEAD').trim(), 'two', 'main']);
  assert.equal([facts.changed, facts.added], [['Kbuild', 'net/mptcp/pm.c'], ['certs/key.pem', 'net/mptcp/new file.c']]);
  assert.is(leftOut, undefined);
  assert.not.match(diff.toString(), 'PRIVATE');
  assert.equal(readFileSync(join(tree, '.git/index')), index);
  writeFileSync(join(dir, 'a.diff'), diff);
  const other = join(dir, 'other');
  git(dir, 'clone', '--quiet', tree, other);
  git(other, 'apply', join(dir, 'a.diff'));
  for (const file of ['net/mptcp/pm.c', 'Kbuild', 'net/mptcp/new file.c']) assert.equal(readFileSync(join(other, file)), readFileSync(join(tree, file)), file);
  assert.is(facts.diff, diff.toString());
});

test('nothing changed; a detached HEAD', async () => {
  const tree = littleRepository(join(dir, 'tree'));
  git(tree, 'checkout', '--quiet', '--detach', 'old');
  const { facts, diff } = await found(tree);
  if (facts.kind !== 'git') return assert.unreachable();
  assert.equal([facts.subject, facts.branch, facts.changed, facts.added, facts.diff, diff?.length], ['one', undefined, [], [], undefined, 0]);
});

test('what was changed after the kernel was built is named', async () => {
  const tree = littleRepository(join(dir, 'tree'));
  write(join(tree, 'net/mptcp/pm.c'), '// three\n');
  write(join(tree, 'Kbuild'), '# x\n');
  utimesSync(join(tree, 'Kbuild'), 1000, 1000);
  const { facts } = await found(tree, 2_000_000);
  assert.equal(facts.kind === 'git' ? facts.later : [], ['net/mptcp/pm.c']);
  const before = await found(tree, statSync(join(tree, 'net/mptcp/pm.c')).mtimeMs + 1);
  assert.equal(before.facts.kind === 'git' ? before.facts.later : undefined, []);
});

test('a difference of 10 MiB is read to its first MiB', async () => {
  const tree = littleRepository(join(dir, 'tree'));
  write(join(tree, 'net/mptcp/pm.c'), 'int a_line_of_a_file_that_has_no_end_to_speak_of;\n'.repeat(200_000));
  const { facts, diff, leftOut } = await found(tree);
  assert.ok(diff !== undefined && diff.length <= (1 << 20) + 100 && diff.length > 1_000_000);
  assert.match(diff.subarray(-60).toString(), /\n… kloop left out the rest …\n$/);
  assert.is(leftOut, 'the first MiB of it: it cannot be applied');
  assert.is(facts.kind === 'git' ? facts.diff : '', undefined);
});

test('no repository; one that is another\'s; one without a commit; a tree that is not known', async () => {
  const plain = littleTree(join(dir, 'plain'));
  const { facts, why, diff } = await found(plain);
  assert.equal(facts, { kind: 'other', why: `${plain} is not a git repository`, changed: undefined });
  assert.equal([why, diff], [`${plain} is not a git repository`, undefined]);
  littleRepository(join(dir, 'outer'));
  const inner = littleTree(join(dir, 'outer/inner'));
  assert.is((await found(inner)).why, `${inner} is not a git repository`);
  const empty = littleTree(join(dir, 'empty'));
  git(empty, 'init', '--quiet');
  assert.match((await found(empty)).why ?? '', `${empty} has no commit: fatal: `);
  assert.is((await found(undefined)).why, 'it is not known what the kernel was built from');
});

test('of a tree that kloop unpacked it is known what was written since', async () => {
  const tree = littleTree(join(dir, 'tree'));
  const old = new Date(Date.now() - 60_000);
  for (const name of execFileSync('find', [tree, '-type', 'f'], { encoding: 'utf8' }).trim().split('\n')) utimesSync(name, old, old);
  await writeManifest(tree);
  const listed = new Date(Date.now() - 30_000);
  utimesSync(join(tree, '.kloop-manifest.gz'), listed, listed);
  write(join(tree, 'net/mptcp/pm.c'), '// edited\n');
  for (const made of ['net/mptcp/pm.o', 'net/mptcp/.pm.o.cmd', 'include/generated/autoconf.h']) write(join(tree, made), '');
  const { facts } = await found(tree);
  assert.equal(facts.kind === 'other' ? facts.changed : [], ['net/mptcp/pm.c']);
});

test.run();
