import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { findProgram } from '../../../tasks/host/files.ts';
import { Processes } from '../../../tasks/host/processes/process.ts';
import { packModules, type PackRequest, type PackedModules } from '../../../tasks/machine/modules/pack.ts';
import { machineFailure } from '../../../tasks/machine/reasons.ts';
import { isFailure } from '../../../tasks/report/failure.ts';
import { write } from '../../support/little-kernel.ts';
import { testIf } from '../../support/skip-unless.ts';

const test = suite<{ dir: string }>('pack modules');
test.before.each((context) => { context.dir = mkdtempSync(join(tmpdir(), 'kloop-test-')); });
test.after.each(({ dir }) => rmSync(dir, { recursive: true }));

const release = '6.1.0-25-amd64';
const processes = new Processes();
const vm: PackRequest['vm'] = { machine: 'q35', nics: [], disks: [], pmemBytes: [] };
const names = ['virtio_pci', 'virtio_console', '9pnet_virtio', '9p', 'overlay', 'virtio_rng'];

/** A directory of modules, listed; their contents are their names. `pack`: the program that compresses them, and the ending that it gives. */
function modules(dir: string, listed: readonly string[] = names, pack?: readonly [string, string]): PackRequest {
  const place = join(dir, 'package/lib/modules', release);
  for (const name of listed) {
    write(join(place, `kernel/${name}.ko`), name);
    if (pack !== undefined) execFileSync(pack[0], ['-q', '-f', join(place, `kernel/${name}.ko`)], { stdio: 'pipe' });
  }
  write(join(place, 'modules.builtin'), '');
  write(join(place, 'modules.dep'), listed.map((name) => `kernel/${name}.ko${pack?.[1] ?? ''}:\n`).join(''));
  return { image: join(dir, `package/boot/vmlinuz-${release}`), release, dir: place, config: undefined, vm, filesBy: () => ({ by: '9p' }), stateDir: join(dir, 'state'), processes };
}

function packed(result: Awaited<ReturnType<typeof packModules>>): PackedModules {
  if (isFailure(result)) throw new Error(result.words.what);
  return result;
}

/** What the kernel would unpack, by cpio(1). */
function unpacked(dir: string, archive: Buffer): Record<string, string> {
  const place = mkdtempSync(join(dir, 'unpacked-'));
  execFileSync('cpio', ['--extract', '--quiet', '--make-directories'], { cwd: place, input: archive });
  return Object.fromEntries(readdirSync(join(place, 'modules')).sort().map((name) => [name, execFileSync('cat', [join(place, 'modules', name)], { encoding: 'utf8' })]));
}

for (const pack of [undefined, ['gzip', '.gz'], ['xz', '.xz'], ['zstd', '.zst']] as const) {
  testIf(pack === undefined || findProgram(pack[0]) !== undefined, test)(`modules ${pack === undefined ? 'as they are' : `packed by ${pack[0]}`}`, async ({ dir }) => {
    const { archive, paths, layers } = packed(await packModules(modules(dir, names, pack)));
    assert.equal(paths, names.map((name) => `modules/${name}.ko`));
    assert.equal(unpacked(dir, archive), Object.fromEntries([...names].sort().map((name) => [`${name}.ko`, name])));
    assert.equal(layers, [join(dir, 'package/lib/modules', release)]);
  });
}

test('kept until a module changes', async ({ dir }) => {
  const request = modules(dir);
  const first = packed(await packModules(request));
  const nobody = { ...request, processes: { run: () => { throw new Error('run'); }, has: () => { throw new Error('asked'); } } };
  assert.ok(packed(await packModules(nobody)).archive.equals(first.archive));
  writeFileSync(join(request.dir, 'kernel/9p.ko'), 'new');
  utimesSync(join(request.dir, 'kernel/9p.ko'), 1, 1);
  assert.is(unpacked(dir, packed(await packModules(request)).archive)['9p.ko'], 'new');
});

test('a package without lists gets them in a directory of ours, by depmod', async ({ dir }) => {
  const request = modules(dir);
  rmSync(join(request.dir, 'modules.dep'));
  const ran: string[][] = [];
  // Real modules are listed in run.e2e; here: what depmod finds, and where it writes.
  const depmod = async ({ argv }: { readonly argv: readonly string[] }) => {
    ran.push([...argv]);
    const place = join(argv[2] ?? '', 'lib/modules', argv[3] ?? '');
    assert.is(readFileSync(join(place, 'kernel/9p.ko'), 'utf8'), '9p');
    write(join(place, 'modules.dep'), names.map((name) => `kernel/${name}.ko:\n`).join(''));
    return Promise.resolve({ status: 0, stdout: '', stderr: '', tail: [] });
  };
  const once = { ...request, processes: { run: depmod, has: () => true } };
  const { layers, paths } = packed(await packModules(once));
  assert.is(paths.length, names.length);
  assert.is(layers[1], request.dir);
  assert.equal(readdirSync(layers[0] ?? ''), ['modules.dep'], 'nothing that hides the modules themselves');
  assert.not(existsSync(join(request.dir, 'modules.dep')), 'nothing is written beside the modules');
  packed(await packModules(once));
  assert.is(ran.length, 1, 'kept');
});

test('a driver that is nowhere is named before anything starts', async ({ dir }) => {
  const result = await packModules(modules(dir, names.filter((name) => !name.startsWith('9p'))));
  assert.ok(machineFailure.is(result, 'modules-lacking'));
  assert.match(result.words.what, 'it has no 9pnet_virtio, 9p');
});

test('a format that nothing here unpacks, and one that is damaged', async ({ dir }) => {
  for (const [program, ending] of [['zstd', '.zst'], ['xz', '.xz']] as const) {
    const request = modules(dir);
    for (const name of names) write(join(request.dir, `kernel/${name}.ko${ending}`), name);
    write(join(request.dir, 'modules.dep'), names.map((name) => `kernel/${name}.ko${ending}:\n`).join(''));
    const without = await packModules({ ...request, processes: { run: processes.run.bind(processes), has: () => false } });
    assert.ok(machineFailure.is(without, 'module-packed'));
    assert.match(without.words.what, `needs the program '${program}'`);
    assert.equal(without.words.fix, ['npm run packages -- --install']);
  }
  const request = modules(dir, names, ['xz', '.xz']);
  writeFileSync(join(request.dir, 'kernel/9p.ko.xz'), 'no xz');
  const damaged = await packModules(request);
  assert.ok(machineFailure.is(damaged, 'module-packed'));
  assert.match(damaged.words.what, /unpacking .*9p\.ko\.xz failed/);
  assert.match(damaged.words.fix?.[0] ?? '', /^npm run vm/);
});

test.run();
