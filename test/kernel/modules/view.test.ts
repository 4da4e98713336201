import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { modulesPlace } from '../../../tasks/kernel/modules/place.ts';
import { signingOf } from '../../../tasks/kernel/modules/signing.ts';
import { builtModules, makeView, viewDifference } from '../../../tasks/kernel/modules/view.ts';
import { isFailure } from '../../../tasks/report/failure.ts';
import { write } from '../../support/little-kernel.ts';

const test = suite<{ dir: string }>("the guest's /lib/modules");
test.before.each((context) => { context.dir = mkdtempSync(join(tmpdir(), 'kloop-test-')); });
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

/** depmod, as far as it matters here: it is counted, and leaves its lists. */
function fakeDepmod(status = 0) {
  const calls: (readonly string[])[] = [];
  return {
    calls,
    run: ({ argv }: { readonly argv: readonly string[] }) => {
      calls.push(argv);
      const dir = join(argv[2] ?? '', 'lib/modules', argv[3] ?? '');
      for (const name of ['modules.dep', 'modules.alias']) writeFileSync(join(dir, name), '');
      return Promise.resolve({ status, stdout: '', stderr: '', tail: ['depmod: said'] });
    },
  };
}

function build(dir: string, modules: readonly string[]) {
  const tree = { source: join(dir, 'linux'), build: join(dir, 'linux') };
  write(join(tree.build, 'include/config/kernel.release'), '6.1.0-test\n');
  write(join(tree.build, 'modules.order'), modules.map((name) => `${name}\n`).join(''));
  write(join(tree.build, 'modules.builtin'), 'kernel/fs/fuse/fuse.ko\n');
  for (const name of modules) write(join(tree.build, name), name);
  const place = modulesPlace(join(dir, 'state'), tree);
  if (place === undefined) throw new Error('no release');
  return { tree, place };
}

const requestFor = ({ tree, place }: ReturnType<typeof build>, copies = false) =>
  ({ modules: builtModules(tree), tree, place, copies, jobs: 2, log: '/dev/null', signal: new AbortController().signal });

test('each module has its place; nothing to do costs no depmod; what changed, came or went is told', async ({ dir }) => {
  const built = build(dir, ['net/a.ko', 'fs/b.ko']);
  const { tree, place } = built;
  const depmod = fakeDepmod();
  assert.is(viewDifference(builtModules(tree), tree, place), 'depmod has not listed them');
  assert.equal(await makeView(requestFor(built), depmod), ['kernel/net/a.ko', 'kernel/fs/b.ko']);
  assert.is(readFileSync(join(place.dir, 'kernel/fs/b.ko'), 'utf8'), 'fs/b.ko');
  assert.is(statSync(join(place.dir, 'kernel/fs/b.ko')).ino, statSync(join(tree.build, 'fs/b.ko')).ino, 'no second copy');
  assert.is(readFileSync(join(place.dir, 'modules.order'), 'utf8'), 'kernel/net/a.ko\nkernel/fs/b.ko\n');
  assert.is(viewDifference(builtModules(tree), tree, place), undefined);

  rmSync(join(tree.build, 'net/a.ko'));
  write(join(tree.build, 'net/a.ko'), 'another');
  assert.is(readFileSync(join(place.dir, 'kernel/net/a.ko'), 'utf8'), 'net/a.ko', 'the old one, until the view is made again');
  assert.is(viewDifference(builtModules(tree), tree, place), 'kernel/net/a.ko changed');
  assert.equal(await makeView(requestFor(built), depmod), ['kernel/net/a.ko']);
  assert.is(readFileSync(join(place.dir, 'kernel/net/a.ko'), 'utf8'), 'another');

  write(join(tree.build, 'modules.order'), 'fs/b.ko\n');
  assert.is(viewDifference(builtModules(tree), tree, place), 'there are other modules');
  assert.equal(await makeView(requestFor(built), depmod), []);
  assert.not(existsSync(join(place.dir, 'kernel/net/a.ko')));
  assert.is(depmod.calls.length, 3);
});

test('where depmod would list what is new as it has listed what was, it is not asked again', async ({ dir }) => {
  const built = build(dir, ['net/a.ko', 'fs/b.ko']);
  const { tree, place } = built;
  const depmod = fakeDepmod();
  /** With symbols and aliases that are the same each time. */
  const put = (name: string, code: string) => {
    rmSync(join(tree.build, name), { force: true });
    write(join(dir, 'm.c'), `int lacked(void); int had(int x) { return ${code}; } static const char info[] __attribute__((section(".modinfo"), used)) = "alias=a";`);
    execFileSync('gcc', ['-O1', '-c', '-o', join(tree.build, name), join(dir, 'm.c')]);
  };
  for (const name of ['net/a.ko', 'fs/b.ko']) put(name, 'x + lacked()');
  await makeView(requestFor(built), depmod);
  put('net/a.ko', '3 * x + x * lacked()');
  assert.equal(await makeView(requestFor(built), depmod), ['kernel/net/a.ko']);
  assert.is(depmod.calls.length, 1);
  assert.is(viewDifference(builtModules(tree), tree, place), undefined);
  put('net/a.ko', 'x');
  assert.equal(await makeView(requestFor(built), depmod), ['kernel/net/a.ko']);
  assert.is(depmod.calls.length, 2, 'it lacks nothing now');
  put('net/a.ko', 'x + 1');
  rmSync(join(place.dir, 'modules.dep'));
  await makeView(requestFor(built), depmod);
  assert.is(depmod.calls.length, 3, 'the lists were gone');
  put('net/a.ko', 'x + 2');
  write(join(tree.build, 'modules.order'), 'net/a.ko\n');
  await makeView(requestFor(built), depmod);
  assert.is(depmod.calls.length, 4, 'there are other modules');
  put('net/a.ko', 'x + 3');
  write(join(tree.build, 'modules.builtin'), 'kernel/fs/fuse/fuse.ko\nkernel/fs/b.ko\n');
  await makeView(requestFor(built), depmod);
  assert.is(depmod.calls.length, 5, 'something else is built in');
});

test('modules that are written again in their place are copied', async ({ dir }) => {
  const built = build(dir, ['a.ko']);
  const { tree, place } = built;
  utimesSync(join(tree.build, 'a.ko'), 1000.5, 1000.25);
  await makeView(requestFor(built, true), fakeDepmod());
  assert.is.not(statSync(join(place.dir, 'kernel/a.ko')).ino, statSync(join(tree.build, 'a.ko')).ino);
  assert.is(viewDifference(builtModules(tree), tree, place), undefined);
  writeFileSync(join(tree.build, 'a.ko'), 'BTF');
  assert.is(viewDifference(builtModules(tree), tree, place), 'kernel/a.ko changed');
});

test('depmod that fails, or was killed, has listed nothing; a module that is gone is named', async ({ dir }) => {
  const built = build(dir, ['a.ko']);
  const { tree, place } = built;
  const failed = await makeView(requestFor(built), fakeDepmod(1));
  assert.ok(isFailure(failed) && failed.words.said?.includes('depmod: said'));
  assert.is(viewDifference(builtModules(tree), tree, place), 'depmod has not listed them');
  rmSync(join(tree.build, 'a.ko'));
  const gone = await makeView(requestFor(built), fakeDepmod());
  assert.ok(isFailure(gone) && gone.words.what.includes('a.ko'));
});

test('another release takes the place of the old one', async ({ dir }) => {
  const built = build(dir, ['a.ko']);
  await makeView(requestFor(built), fakeDepmod());
  write(join(built.tree.build, 'include/config/kernel.release'), '6.1.0-next\n');
  const place = modulesPlace(join(dir, 'state'), built.tree);
  assert.ok(place !== undefined);
  if (place === undefined) return;
  await makeView(requestFor({ ...built, place }), fakeDepmod());
  assert.ok(existsSync(join(place.dir, 'kernel/a.ko')));
  assert.not(existsSync(built.place.dir));
});

test('4,000 modules of which none changed cost less than 0.2 s of a processor', async ({ dir }) => {
  const built = build(dir, Array.from({ length: 4000 }, (_, i) => `drivers/d${i % 400}/module${i}.ko`));
  await makeView(requestFor(built), fakeDepmod());
  const before = process.cpuUsage();
  assert.is(viewDifference(builtModules(built.tree), built.tree, built.place), undefined);
  const { user, system } = process.cpuUsage(before);
  assert.ok(user + system < 200_000, `${(user + system) / 1000} ms`);
});

test('with CONFIG_MODULE_SIG_ALL=y they are signed as they are put there; one that is signed already stays; another key signs all again', async ({ dir }) => {
  const built = build(dir, ['net/a.ko', 'fs/b.ko']);
  const { tree, place } = built;
  const mark = '~Module signature appended~\n';
  for (const name of ['scripts/sign-file', 'certs/signing_key.x509', 'certs/signing_key.pem']) write(join(tree.build, name), '');
  write(join(tree.build, 'fs/b.ko'), `by hand${mark}`);
  const config = 'CONFIG_MODULE_SIG=y\nCONFIG_MODULE_SIG_ALL=y\nCONFIG_MODULE_SIG_HASH="sha512"\nCONFIG_MODULE_SIG_KEY="certs/signing_key.pem"\n';
  const signing = signingOf(config, tree);
  assert.equal(signing?.argv, ['scripts/sign-file', '', 'certs/signing_key.pem', 'certs/signing_key.x509'].map((name) => (name === '' ? 'sha512' : join(tree.build, name))));
  const depmod = fakeDepmod();
  const signed: string[] = [];
  const programs = {
    run: (call: { readonly argv: readonly string[] }) => {
      const [program = '', , , , file = ''] = call.argv;
      if (!program.endsWith('sign-file')) return depmod.run(call);
      signed.push(file);
      appendFileSync(file, mark);
      return Promise.resolve({ status: 0, stdout: '', stderr: '', tail: [] });
    },
  };
  const request = () => ({ ...requestFor(built), signing: signingOf(config, tree) });
  await makeView(request(), programs);
  assert.is(readFileSync(join(place.dir, 'kernel/net/a.ko'), 'utf8'), `net/a.ko${mark}`);
  assert.is(readFileSync(join(place.dir, 'kernel/fs/b.ko'), 'utf8'), `by hand${mark}`);
  assert.is(readFileSync(join(tree.build, 'net/a.ko'), 'utf8'), 'net/a.ko', 'never in the build directory');
  assert.is(viewDifference(builtModules(tree), tree, place, signing), undefined);
  assert.is(viewDifference(builtModules(tree), tree, place), 'another key signs them');
  utimesSync(join(tree.build, 'certs/signing_key.x509'), 1, 1);
  assert.equal((await makeView(request(), programs) as readonly string[]).length, 2);
  assert.is(signed.length, 2);
  assert.is(signingOf(config.replace('SIG_ALL=y', 'SIG_ALL=n'), tree), undefined);
  rmSync(join(tree.build, 'certs/signing_key.pem'));
  assert.is(signingOf(config, tree), undefined, 'no key');
});

test.run();
