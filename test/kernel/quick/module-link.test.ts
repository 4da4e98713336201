import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import type { BuildIndex } from '../../../tasks/kernel/inputs/index-model.ts';
import { linkOf, moduleLinks } from '../../../tasks/kernel/quick/module-link.ts';

const test = suite<{ dir: string }>('module-link');
test.before.each((context) => { context.dir = mkdtempSync(join(tmpdir(), 'kloop-test-')); });
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const ld = 'ld -r -m elf_x86_64 -z noexecstack --build-id=sha1  -T scripts/module.lds';

test('the commands of 6.1, 6.12 and 6.18; not their `true`, which would hide a failure', () => {
  const link = { module: 'net/a.ko', text: 'net/a.mod.c', object: 'net/a.mod.o', command: ld };
  assert.equal(linkOf('net/a', ` ${ld} -o net/a.ko net/a.o net/a.mod.o;  true`), { ...link, objects: 'net/a.o net/a.mod.o' });
  assert.equal(linkOf('net/a', ` ${ld} -o net/a.ko net/a.o net/a.mod.o .module-common.o`), { ...link, objects: 'net/a.o net/a.mod.o .module-common.o' });
});

test('what follows the linker, another output, a part that is missing: for make', () => {
  for (const command of [undefined, '', `${ld} -o net/a.ko net/a.o net/a.mod.o;  make -f arch/s390/Makefile.postlink net/a.ko`, `${ld} -o net/b.ko net/a.o net/a.mod.o`, `${ld} -o net/a.ko net/a.o`, `${ld} -o net/a.ko @net/a.list`]) {
    assert.is(linkOf('net/a', command), undefined, command);
  }
});

test("an object of modpost's that is older than a header of its own is for make to compile", ({ dir }) => {
  const files = ['a.o', 'a.mod.o', 'a.mod.c', 'module.h'].map((name) => join(dir, name));
  for (const file of files) {
    writeFileSync(file, '');
    utimesSync(file, 1000, 1000);
  }
  writeFileSync(join(dir, '.a.ko.cmd'), `cmd_a.ko := ${ld} -o a.ko a.o a.mod.o;  true\n`);
  const entry = { path: join(dir, '.a.mod.o.cmd'), mtimeMs: 0, size: 0, target: 1, source: 2, deps: new Uint32Array([3]), broken: false };
  const index: BuildIndex = { tree: { source: dir, build: dir }, files, entries: [entry] };
  const links = (of = index) => moduleLinks([join(dir, 'a.o')], of)?.map(({ module }) => module);
  assert.equal(links(), ['a.ko']);
  assert.is(links({ ...index, entries: [] }), undefined, 'nothing is known of it');
  utimesSync(join(dir, 'module.h'), 1001, 1001);
  assert.is(links(), undefined);
  utimesSync(join(dir, 'a.mod.o'), 1002, 1002);
  assert.equal(links(), ['a.ko']);
  rmSync(join(dir, 'module.h'));
  assert.is(links(), undefined);
  assert.is(moduleLinks(Array.from({ length: 5 }, () => join(dir, 'a.o')), index), undefined, 'many: side by side, by make');
});

test.run();
