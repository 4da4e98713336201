/** A kernel once more with debug information: of a little tree, by a real compiler. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { Processes } from '../../../tasks/host/processes/process.ts';
import { withDebugInfo } from '../../../tasks/kernel/build/debug-info.ts';
import { hasDebugInfo } from '../../../tasks/kernel/build/same-code.ts';
import { makeFailure } from '../../../tasks/kernel/make/reasons.ts';
import { isFailure } from '../../../tasks/report/failure.ts';
import { settingsIn, wholeTree, write } from '../../support/little-kernel.ts';

const test = suite<{ dir: string; tree: string }>('debug information');
test.before.each((context) => {
  context.dir = mkdtempSync(join(tmpdir(), 'kloop-test-'));
  context.tree = wholeTree(join(context.dir, 'tree'));
  write(join(context.tree, 'init/main.c'), 'int one(void) { return 1; }\n');
  // As Kbuild: where O= names a directory, all goes there, and the sources are found from there.
  write(join(context.tree, 'Makefile'), `ifdef O
vmlinux scripts_gdb:
	$(MAKE) -C $(O) -f $(CURDIR)/Makefile O= source=$(CURDIR)/ $@
else
vmlinux: $(source)init/main.c
	gcc $(KCFLAGS) -c -o main.o $< && ld -e 0 -o $@ main.o && echo "$(KBUILD_BUILD_VERSION) $(KERNELRELEASE)" >made-as
scripts_gdb:
	mkdir -p scripts/gdb && touch scripts/gdb/vmlinux-gdb.py
endif
`);
});
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

/** A build as a person has made it. */
async function built(build: string, args: string[] = []) {
  for (const [name, text] of [['.config', ''], ['include/config/kernel.release', '6.1.0-mine\n'], ['include/generated/compile.h', '#define UTS_VERSION "#5 SMP Mon"\n']] as const) write(join(build, name), text);
  assert.is((await new Processes().run({ argv: ['make', ...args, 'vmlinux'], cwd: args.length > 0 ? join(build, '../tree') : build })) instanceof Error, false);
}

function once(dir: string, source: string, build: string, signal = new AbortController().signal) {
  const said: string[] = [];
  const made = withDebugInfo({
    tree: { source, build }, kernel: join(build, 'vmlinux'), settings: settingsIn(dir), log: join(dir, 'log'), signal, progress: () => undefined, say: (line) => said.push(line), processes: new Processes(),
    prepare: (to) => Promise.resolve({ argv: ['make', ...(to === undefined ? [] : [`O=${to}`])], given: [], cwd: source, env: {}, words: [], compilers: [], fixes: [] }),
  });
  return made.then((result) => ({ result, said }));
}

const everything = (dir: string) => readdirSync(dir, { recursive: true, encoding: 'utf8' }).sort().map((name) => [name, statSync(join(dir, name)).mtimeMs]);
const debugDir = (dir: string) => join(dir, 'state/builds', readdirSync(join(dir, 'state/builds'))[0] ?? '', 'debug-info');

for (const place of ['in its tree', 'elsewhere'] as const) {
  test(`of a kernel that was built ${place}: the tree stays as it was; it is made once`, async ({ dir, tree }) => {
    const build = place === 'elsewhere' ? join(dir, 'build') : tree;
    mkdirSync(build, { recursive: true });
    await built(build, place === 'elsewhere' ? [`O=${build}`] : []);
    const before = [everything(tree), everything(build)];
    const { result, said } = await once(dir, tree, build);
    assert.is(result, join(debugDir(dir), 'vmlinux'), JSON.stringify(result));
    const kernel = readFileSync(join(debugDir(dir), 'vmlinux'));
    assert.ok(hasDebugInfo(kernel));
    assert.ok(kernel.includes(tree), 'its sources are named as they are called in the tree');
    assert.equal(said.length, 1);
    assert.equal([everything(tree), everything(build)], before);
    assert.equal(readdirSync(debugDir(dir)).sort(), ['of', 'scripts', 'vmlinux', 'vmlinux-gdb.py']);
    assert.ok(existsSync(join(debugDir(dir), 'vmlinux-gdb.py')));
    assert.equal((await once(dir, tree, build)).said, []);
  });
}

test('sources that make other code are refused; so is a build that fails; nothing is left', async ({ dir, tree }) => {
  await built(tree);
  write(join(tree, 'init/main.c'), 'int one(void) { return 2 + one(); }\n');
  const { result } = await once(dir, tree, tree);
  assert.ok(makeFailure.is(result, 'debug-info-differs'), JSON.stringify(result));
  assert.match(isFailure(result) ? result.words.why?.join('\n') ?? '' : '', /^\.text: \d+ and \d+ bytes$/m);
  assert.equal(readdirSync(debugDir(dir)), []);
  write(join(tree, 'init/main.c'), 'int one(void) { return }\n');
  assert.ok(isFailure((await once(dir, tree, tree)).result));
  assert.equal(readdirSync(debugDir(dir)), []);
  const stopped = new AbortController();
  stopped.abort();
  assert.ok(isFailure((await once(dir, tree, tree, stopped.signal)).result));
});

test('of one that has it nothing is made', async ({ dir, tree }) => {
  await built(tree, ['KCFLAGS=-g', 'O=']);
  const { result, said } = await once(dir, tree, tree);
  assert.is(result, join(tree, 'vmlinux'));
  assert.equal(said, []);
});

test.run();
