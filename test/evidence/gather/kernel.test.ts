/** With a real linker: little programs that pass for a kernel. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bootedNow, kernelFacts, openKernel, type Booted } from '../../../tasks/evidence/gather/kernel.ts';
import type { Part } from '../../../tasks/evidence/gather/parts.ts';
import { Processes } from '../../../tasks/host/processes/process.ts';
import { settingsIn, write } from '../../support/little-kernel.ts';

const dir = mkdtempSync(join(tmpdir(), 'kloop kernel-'));
test.after(() => rmSync(dir, { recursive: true, force: true }));
const settings = settingsIn(dir);
const processes = new Processes();
const banner = 'Linux version 6.1.0 (me@here) (gcc) #1 SMP';

function kernel(name: string, ...flags: string[]): string {
  const path = join(dir, name);
  writeFileSync(`${path}.c`, `const char linux_banner[] = "${banner}\\n"; int counter; static int helper(int a) { return a * counter; } int (*use)(int) = helper; void start_kernel(void) { counter = helper(3); }\n`);
  execFileSync('gcc', ['-O1', '-nostdlib', '-static', '-no-pie', '-e', 'start_kernel', ...flags, '-o', path, `${path}.c`]);
  return path;
}
async function factsOf(booted: Booted) {
  const opened = openKernel(settings, booted);
  try {
    return await kernelFacts(opened, (command) => processes.run(command));
  } finally {
    opened.close();
  }
}
const mapOf = (part: Part) => ('data' in part ? gunzipSync(Buffer.from(part.data)).toString() : 'why' in part ? part.why : part.from);

test('its banner, its build id, and its symbols as nm has them', async () => {
  const image = kernel('vmlinux', '-Wl,--build-id=0x0123abcd');
  const { facts, part } = await factsOf(bootedNow({ image, foreign: true }));
  assert.equal(facts, { banner, buildId: '0123abcd', notes: [] });
  const nm = execFileSync('nm', ['-n', image], { encoding: 'utf8' });
  assert.match(nm, / t helper$/m);
  assert.is(mapOf(part), nm);
});

test('a build that replaces it meanwhile does not matter; one before that is another kernel', async () => {
  const image = kernel('replaced', '-Wl,--build-id=0x01');
  const booted = bootedNow({ image, foreign: true });
  const opened = openKernel(settings, booted);
  renameSync(kernel('newer', '-Wl,--build-id=0x02'), image);
  const { facts, part } = await kernelFacts(opened, (command) => processes.run(command));
  opened.close();
  assert.is(facts.buildId, '01');
  assert.match(mapOf(part), ' start_kernel');
  const later = await factsOf(booted);
  assert.equal(later.facts, { banner: undefined, buildId: undefined, notes: [`${image} was built again after it was booted: it is not the kernel that ran`] });
  rmSync(image);
  assert.equal((await factsOf(booted)).facts.notes, [`${image} is not there any more`]);
});

test('without symbols, without a build id: said', async () => {
  const { facts, part } = await factsOf(bootedNow({ image: kernel('stripped', '-Wl,--build-id=none', '-s'), foreign: true }));
  assert.is(facts.buildId, undefined);
  assert.is('why' in part ? part.why : '', 'the kernel was stripped of its symbols');
});

test('a bzImage: the vmlinux that it was made from, where that is beside it; else its header', async () => {
  const head = Buffer.alloc(0x400);
  head.write('HdrS', 0x202);
  head.writeUInt16LE(0x20c, 0x206);
  head.writeUInt16LE(0x100, 0x20e);
  head.writeUInt16LE(1, 0x236);
  head.write('6.1.0-test (me@here) #1\0', 0x300);
  const vmlinux = kernel('made-from', '-Wl,--build-id=0x03');
  const build = join(dir, 'build');
  const image = join(build, 'arch/x86/boot/bzImage');
  write(image, '');
  writeFileSync(image, head);
  write(join(build, '.config'), '');
  const alone = await factsOf(bootedNow({ image, foreign: true }));
  assert.equal(alone.facts, { banner: 'Linux 6.1.0-test', buildId: undefined, notes: [] });
  assert.match('why' in alone.part ? alone.part.why : '', 'is not beside it');
  copyFileSync(vmlinux, join(build, 'vmlinux'));
  writeFileSync(image, readFileSync(image));
  assert.is((await factsOf(bootedNow({ image, foreign: true }))).facts.buildId, '03');
});

test.run();
