import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync, existsSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { AskedAhead, listText, statesIn, type Ahead } from '../../tasks/host/ask-ahead.ts';
import { freshLook, stateOf } from '../../tasks/host/files.ts';

/** A thousand files of a minute ago, in `tree`, and one elsewhere. */
interface Place {
  readonly dir: string;
  readonly tree: string;
  readonly files: readonly string[];
}

const test = suite<Place>('questions put ahead');
test.before.each((context) => {
  const dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  const tree = join(dir, 'a tree');
  mkdirSync(join(tree, 'sub'), { recursive: true });
  const files = [...Array.from({ length: 1000 }, (_, i) => join(tree, 'sub', `${i}.c`)), join(dir, 'elsewhere')];
  files.forEach((path, i) => {
    writeFileSync(path, 'x'.repeat(i % 7));
    // Times that a double of milliseconds does not hold exactly.
    const seconds = (Date.now() - 60_000) / 1000 + i * 1.234567e-4;
    utimesSync(path, seconds, seconds);
  });
  const old = Date.now() / 1000 - 60;
  for (const path of [dir, tree, join(tree, 'sub')]) utimesSync(path, old, old);
  Object.assign(context, { dir, tree, files });
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

/** What the launcher does, but for doing it meanwhile. */
function ask(path: string): Ahead {
  if (!existsSync(path)) return { path, asked: undefined };
  const list = openSync(path, 'r');
  const [folder] = readFileSync(path, 'utf8').split('\0');
  const child = spawnSync('xargs', ['-0', 'stat', '-L', '--printf=%.9Y %s\\n'], { cwd: folder, stdio: [list, 'pipe', 'ignore'], encoding: 'utf8' });
  open.push(list);
  return { path, asked: { list: `/proc/self/fd/${list}`, answers: Promise.resolve(child.status === 0 ? child.stdout : undefined) } };
}
const open: number[] = [];
test.after.each(() => { for (const fd of open.splice(0)) closeSync(fd); });

/** A run that finds out whether any file is larger than 6 bytes. */
async function run({ dir, tree, files }: Place, by = files): Promise<{ said: string; how: 'known' | 'looked' }> {
  const ahead = new AskedAhead(ask(join(dir, 'asked')));
  const look = freshLook(ahead);
  const known = await ahead.fact('largest');
  if (known !== undefined) return { said: known, how: 'known' };
  const said = String(Math.max(...by.map((path) => look(path)?.size ?? -1)));
  ahead.found('largest', said, by, tree);
  ahead.save();
  return { said, how: 'looked' };
}

test('answers tell the same states as a look at each file, to the last bit', ({ tree, files }) => {
  const list = listText(tree, files);
  assert.ok(list.includes('\0sub/999.c\0/'));
  const told = spawnSync('xargs', ['-0', 'stat', '-L', '--printf=%.9Y %s\\n'], { cwd: tree, input: list, encoding: 'utf8' }).stdout;
  const states = statesIn(list, told);
  for (const path of [tree, ...files]) assert.equal(states.get(path), stateOf(path));
  assert.is(states.size, 1002);
});

test('answers that are fewer than the questions, or none of numbers, tell nothing', () => {
  assert.is(statesIn('/a\0b\0', '1.000000000 1\n').size, 0);
  assert.is(statesIn('/a\0', 'x\n').size, 0);
});

test('the third run knows; an edit, an older time, or a file that is gone make it look, and the fact anew', async (place) => {
  const { files } = place;
  const hows = async () => [await run(place), await run(place), await run(place)].map(({ how, said }) => `${how} ${said}`);
  assert.equal(await hows(), ['looked 6', 'looked 6', 'known 6']);
  const path = files[20] ?? '';
  const { atime, mtime } = statSync(path);
  writeFileSync(path, 'long enough'); // of another size
  utimesSync(path, atime, mtime);
  assert.equal(await hows(), ['looked 11', 'known 11', 'known 11']);
  utimesSync(path, 1, 1);
  assert.equal(await hows(), ['looked 11', 'known 11', 'known 11']);
  rmSync(path);
  assert.equal(await hows(), ['looked 6', 'looked 6', 'looked 6']);
  writeFileSync(path, 'back');
  utimesSync(path, 1, 1);
  assert.is((await run(place)).how, 'looked');
});

test('a file that changed a moment ago: what was found is not kept, for it may change again and keep its time', async (place) => {
  await run(place);
  const now = Date.now() / 1000 + 1;
  utimesSync(place.files[3] ?? '', now, now);
  assert.is((await run(place)).how, 'looked');
  assert.is((await run(place)).how, 'looked');
  assert.not(existsSync(join(place.dir, 'asked-known')));
});

test('facts by files that are not on the list wait until they are', async (place) => {
  const { files, tree, dir } = place;
  const few = files.slice(0, 1000);
  for (let i = 0; i < 3; i++) await run(place, few);
  const ahead = new AskedAhead(ask(join(dir, 'asked')));
  assert.is(await ahead.fact('largest'), '6');
  assert.is(await ahead.fact('other'), undefined);
  ahead.found('other', 'yes', files, tree);
  ahead.save();
  assert.is(await new AskedAhead(ask(join(dir, 'asked'))).fact('other'), undefined);
  assert.not(existsSync(join(dir, 'asked-known')));
});

test('another list in the place of the one that was asked: its facts are not for these answers', async (place) => {
  for (let i = 0; i < 3; i++) await run(place);
  const ahead = ask(join(place.dir, 'asked'));
  rmSync(join(place.dir, 'asked'));
  writeFileSync(join(place.dir, 'asked'), listText(place.tree, [...place.files].reverse()));
  assert.is(await new AskedAhead(ahead).fact('largest'), '6');
  const other = ask(join(place.dir, 'asked'));
  assert.is(await new AskedAhead(other).fact('largest'), undefined);
});

test('what is known and cannot be read is as good as nothing', async (place) => {
  for (let i = 0; i < 3; i++) await run(place);
  const known = join(place.dir, 'asked-known');
  writeFileSync(known, readFileSync(known, 'utf8').replace('{', '<'));
  assert.is((await run(place)).how, 'looked');
});

test('few files are not worth it', ({ dir, tree, files }) => {
  const ahead = new AskedAhead(ask(join(dir, 'asked')));
  ahead.found('largest', '6', files.slice(0, 900), tree);
  ahead.save();
  assert.not(existsSync(join(dir, 'asked')));
});

test.run();
