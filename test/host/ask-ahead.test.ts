import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync, existsSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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
function ask(path: string, kloop = 'kloop-1'): Ahead {
  if (!existsSync(path)) return { path, kloop: 'kloop-1', asked: undefined };
  const list = openSync(path, 'r');
  const [folder] = readFileSync(path, 'utf8').split('\0');
  const child = spawnSync('xargs', ['-0', 'stat', '-L', '--printf=%.9Y %s\\n'], { cwd: folder, stdio: [list, 'pipe', 'ignore'], encoding: 'utf8' });
  open.push(list);
  return { path, kloop, asked: { list: `/proc/self/fd/${list}`, answers: Promise.resolve(child.status === 0 ? child.stdout : undefined) } };
}
const open: number[] = [];
test.after.each(() => { for (const fd of open.splice(0)) closeSync(fd); });

/** A run that finds out whether no file is larger than 6 bytes. */
async function run({ dir, tree, files }: Place, by = files): Promise<'known' | 'small' | 'large'> {
  const ahead = new AskedAhead(ask(join(dir, 'asked')));
  const look = freshLook(ahead);
  if (await ahead.holds('all are small')) return 'known';
  if (by.some((path) => (look(path)?.size ?? 0) > 6)) return 'large';
  ahead.found('all are small', by, tree);
  ahead.save();
  return 'small';
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

test('the third run knows; another time, a file that is gone or there again make it look, and find out anew', async (place) => {
  const { files } = place;
  const thrice = async () => [await run(place), await run(place), await run(place)];
  assert.equal(await thrice(), ['small', 'small', 'known']);
  const path = files[20] ?? '';
  const { atime, mtime } = statSync(path);
  writeFileSync(path, 'long enough'); // with its old time
  utimesSync(path, atime, mtime);
  assert.equal(await thrice(), ['large', 'large', 'large']);
  writeFileSync(path, 'short');
  utimesSync(path, 1, 1);
  assert.equal(await thrice(), ['small', 'known', 'known']);
  rmSync(path);
  utimesSync(dirname(path), 2, 2);
  assert.equal(await thrice(), ['small', 'small', 'known']); // by its folder now
  writeFileSync(path, 'long enough');
  utimesSync(dirname(path), 3, 3);
  assert.is(await run(place), 'large');
});

test('a file that changed a moment ago: what was found is not kept, for it may change again and keep its time', async (place) => {
  await run(place);
  const now = Date.now() / 1000 + 1;
  utimesSync(place.files[3] ?? '', now, now);
  assert.is(await run(place), 'small');
  assert.is(await run(place), 'small');
  assert.not(existsSync(join(place.dir, 'asked-known')));
});

test('facts by files that are not on the list wait until they are', async (place) => {
  const { files, tree, dir } = place;
  const few = files.slice(0, 1000);
  for (let i = 0; i < 3; i++) await run(place, few);
  const other = async () => {
    const ahead = new AskedAhead(ask(join(dir, 'asked')));
    if (await ahead.holds('other')) return true;
    ahead.found('other', files, tree);
    ahead.save();
    return false;
  };
  assert.equal([await other(), await other(), await other()], [false, false, true]);
  assert.is(await run(place, few), 'small');
  assert.is(await run(place, few), 'known');
});

test('another list in the place of the one that was asked, with the same answers: its facts are not for it', async ({ dir, tree, files }) => {
  // Two of a kind: their order makes no difference to the answers.
  const [one = '', two = ''] = files;
  for (const path of [one, two]) {
    writeFileSync(path, 'x');
    utimesSync(path, 1, 1);
  }
  for (let i = 0; i < 3; i++) await run({ dir, tree, files });
  assert.is(await new AskedAhead(ask(join(dir, 'asked'))).holds('all are small'), true);
  rmSync(join(dir, 'asked'));
  writeFileSync(join(dir, 'asked'), listText(tree, [two, one, ...files.slice(2)]));
  assert.is(await new AskedAhead(ask(join(dir, 'asked'))).holds('all are small'), false);
});

test('what another kloop found out is none of ours', async (place) => {
  for (let i = 0; i < 3; i++) await run(place);
  assert.is(await new AskedAhead(ask(join(place.dir, 'asked'), 'kloop-2')).holds('all are small'), false);
});

test("another tree's files leave the list", async (place) => {
  await run(place);
  const other = join(place.dir, 'other');
  mkdirSync(other);
  const files = Array.from({ length: 1000 }, (_, i) => join(other, String(i)));
  for (const path of files) writeFileSync(path, '');
  await run({ dir: place.dir, tree: other, files });
  assert.equal(readFileSync(join(place.dir, 'asked'), 'utf8'), listText(other, files));
});

test('what is known and cannot be read is as good as nothing', async (place) => {
  for (let i = 0; i < 3; i++) await run(place);
  const known = join(place.dir, 'asked-known');
  writeFileSync(known, readFileSync(known, 'utf8').replace('{', '<'));
  assert.is(await run(place), 'small');
});

test('what cannot be kept is no failure', async ({ dir, tree, files }) => {
  writeFileSync(join(dir, 'file'), '');
  const ahead = new AskedAhead(ask(join(dir, 'file', 'asked')));
  await ahead.holds('x');
  ahead.found('x', files, tree);
  ahead.save();
});

test('few files are not worth it', ({ dir, tree, files }) => {
  const ahead = new AskedAhead(ask(join(dir, 'asked')));
  ahead.found('all are small', files.slice(0, 900), tree);
  ahead.save();
  assert.not(existsSync(join(dir, 'asked')));
});

test.run();
