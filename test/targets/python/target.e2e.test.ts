import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { execFileSync } from 'node:child_process';
import { appendFileSync, chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { distributionOf } from '../../../config/packages.ts';
import type { RunEvent } from '../../../tasks/graph/event.ts';
import { bringUp } from '../../../tasks/graph/execute.ts';
import { findProgram } from '../../../tasks/host/files.ts';
import { findUser } from '../../../tasks/host/users.ts';
import { Processes } from '../../../tasks/host/processes/process.ts';
import { openState } from '../../../tasks/graph/state.ts';
import { isFailure, formatFailure } from '../../../tasks/report/failure.ts';
import { packageOf, pythonPackageKey, pythonPackageTarget, type PythonPackageOptions } from '../../../tasks/targets/python/package.ts';
import { pythonTarget } from '../../../tasks/targets/python/target.ts';
import { probePython } from '../../../tasks/targets/python/probe.ts';
import { buildUnpatched, copyPatchDir, makeTarball } from '../../support/fake-python.ts';

const realPatchDir = new URL('../../../python-patch', import.meta.url).pathname;
const needed = ['makepkg', 'pacman', 'fakeroot', 'bsdtar', 'patch', 'cc', 'xz'];
const missing = needed.filter((program) => findProgram(program) === undefined);
const isRoot = process.getuid?.() === 0;

const python = suite('python');
if (missing.length > 0 || !isRoot) {
  console.log(`# patched Python: skipped, for lack of ${isRoot ? missing.join(', ') : 'root'}`);
  python.skip('needs makepkg and pacman', () => undefined);
  python.run();
} else {
  // As sudo would have it: called by an ordinary user. Debian and Arch both have `nobody`.
  const caller = (env: NodeJS.ProcessEnv = {}) => ({ uid: 0, env: { SUDO_USER: 'nobody', ...env }, findUser });
  const arch = () => distributionOf('ID=arch\nPRETTY_NAME="Arch Linux"');
  const debian = () => distributionOf('ID=debian\nPRETTY_NAME="Debian GNU/Linux 12"');

  let dir: string;
  let sources: string;
  let patchDir: string;
  let sha1: string;
  let root: string;

  python.before.each(() => {
    dir = mkdtempSync(join(tmpdir(), 'kloop-python-'));
    chmodSync(dir, 0o755);
    sources = join(dir, 'sources');
    patchDir = join(dir, 'python-patch');
    root = join(dir, 'root');
    mkdirSync(sources);
    sha1 = makeTarball(sources);
    copyPatchDir(realPatchDir, patchDir, sha1);
    execFileSync('chown', ['-R', 'nobody', sources]);
    // Not-yet-patched Python 3.6.0, in a root of its own.
    mkdirSync(join(root, 'usr/bin'), { recursive: true });
    mkdirSync(join(root, 'var/lib/pacman'), { recursive: true });
    buildUnpatched(sources, join(root, 'usr/bin/python3'));
    writeFileSync(join(dir, 'pacman.conf'), '[options]\nArchitecture = auto\nSigLevel = Never\nLocalFileSigLevel = Never\n');
    ageInputs();
  });
  python.after.each(() => rmSync(dir, { recursive: true, force: true }));

  /** Makes the inputs older than any run to come: file times tick slower than tests. */
  function ageInputs(): void {
    const past = new Date(Date.now() - 60_000);
    for (const name of readdirSync(patchDir)) utimesSync(join(patchDir, name), past, past);
  }

  /** Runs the targets as kloop does. @returns what was made, its last words, and the package. */
  async function run(goal: string, options: Partial<PythonPackageOptions> = {}, installsInto = arch) {
    const processes = new Processes();
    const world = openState({ dir: join(dir, 'state'), runName: 'test' });
    const workDir = join(dir, 'state', 'python');
    const common = { processes, patchDir, python: join(root, 'usr/bin/python3') };
    const packaged = () => packageOf(world.records.read('python-package', pythonPackageKey(workDir)));
    const targets = [
      // As elsewhere than on Arch: makepkg's `-s` has no packages to install here.
      pythonPackageTarget({ ...common, workDir, distribution: debian, build: false, caller: caller({ SRCDEST: sources }), ...options }),
      pythonTarget({
        ...common, distribution: installsInto, privilege: { uid: 0 }, package: packaged,
        // -dd: the packages that it depends on are not in this root.
        pacman: ['pacman', '--config', join(dir, 'pacman.conf'), '--root', root, '--dbpath', join(root, 'var/lib/pacman'), '--cachedir', join(dir, 'cache'), '--logfile', join(dir, 'pacman.log'), '--hookdir', join(dir, 'hooks'), '--gpgdir', join(dir, 'gpg'), '--overwrite', '*', '-dd'],
      }),
    ];
    const events: RunEvent[] = [];
    const ran = await bringUp(new Map(targets.map((target) => [target.name, target])), { goals: [goal], signal: new AbortController().signal, emit: (event) => events.push(event) }, world);
    return { made: isFailure(ran) ? [] : [...ran.made], words: isFailure(ran) ? formatFailure(ran) : '', events, package: packaged() };
  }

  async function withVariable<T>(key: string, value: string, act: () => Promise<T>): Promise<T> {
    const old = process.env[key];
    process.env[key] = value;
    try {
      return await act();
    } finally {
      if (old === undefined) delete process.env[key];
      else process.env[key] = old;
    }
  }

  python('the Python of this host needs nothing', async () => {
    const found = await probePython(new Processes(), realPatchDir);
    assert.not.ok(isFailure(found));
    const { made, events } = await run('python', { python: (found as { path: string }).path });
    assert.not.ok(made.includes('python-package'));
    assert.match(JSON.stringify(events), 'not needed: Python 3.');
  });

  python('built as an ordinary user, patched, never installed into Debian, but into a root, run from there; a second run does nothing', async () => {
    const before = await probePython(new Processes(), patchDir, join(root, 'usr/bin/python3'));
    assert.equal((before as { behaviour: string }).behaviour, 'broken');
    const built = await run('python-package');
    assert.is(built.words, '');
    assert.ok(statSync(built.package ?? '').uid !== 0, 'built as an ordinary user');
    // Never into Debian's own.
    const refused = await run('python', {}, debian);
    assert.match(refused.words, 'kloop never installs an Arch package on Debian');
    assert.match(refused.words, 'The package is built: ');
    assert.not.ok(readdirSync(join(root, 'var/lib/pacman')).includes('local'));
    const first = await run('python');
    assert.is(first.words, '');
    assert.ok(first.made.includes('python'));
    assert.is(execFileSync(join(root, 'usr/bin/python'), { encoding: 'utf8' }), '3.6.0 sound\n');
    assert.match(execFileSync('pacman', ['--config', join(dir, 'pacman.conf'), '--root', root, '--dbpath', join(root, 'var/lib/pacman'), '-Q'], { encoding: 'utf8' }), 'python 3.6.0-3');
    const second = await run('python');
    assert.equal(second.made, []);
    assert.match(JSON.stringify(second.events), 'Python 3.6.0 is patched');
  });

  python('builds on request, and once; an edited PKGBUILD or another tarball builds again, whatever the ending', async () => {
    const build = (ending: string) => withVariable('PKGEXT', ending, () => run('python-package', { build: true }));
    const first = await build('.pkg.tar');
    assert.is(first.words, '');
    assert.match(first.package ?? '', /\.pkg\.tar$/);
    assert.match(JSON.stringify(first.events), `${first.package}; not installed: an Arch package would overwrite the Python of Debian`);
    assert.equal((await build('.pkg.tar')).made, []);
    appendFileSync(join(patchDir, 'PKGBUILD'), '# a word\n');
    // Saved a moment ago: within the tick in which a run starts, nobody can tell which was first.
    const moment = new Date(Date.now() - 50);
    utimesSync(join(patchDir, 'PKGBUILD'), moment, moment);
    const second = await build('.pkg.tar.zst');
    assert.equal(second.made, ['python-package']);
    assert.match(second.package ?? '', /\.pkg\.tar\.zst$/);
    assert.equal((await build('.pkg.tar.zst')).made, []);
    utimesSync(join(sources, 'Python-3.6.0.tar.xz'), new Date(), new Date());
    assert.equal((await build('.pkg.tar.zst')).made, ['python-package']);
  });

  python('a tarball with another checksum is refused', async () => {
    appendFileSync(join(sources, 'Python-3.6.0.tar.xz'), 'x');
    const { words, made } = await run('python-package', { build: true });
    assert.equal(made, []);
    assert.match(words, 'Python-3.6.0.tar.xz does not match its checksum in python-patch/PKGBUILD');
  });

  python('an edited patch wants its new checksum in PKGBUILD', async () => {
    appendFileSync(join(patchDir, 'bpo-29208.patch'), '\n');
    const { words, made } = await run('python-package', { build: true });
    assert.equal(made, []);
    assert.match(words, 'bpo-29208.patch was edited, but python-patch/PKGBUILD still has its old checksum');
    assert.match(words, 'sha1sum ');
  });

  python('a patch that does not apply is said, and nothing is built', async () => {
    rmSync(join(sources, 'tree'), { recursive: true });
    const other = makeTarball(sources, 'int random_seed(void *self, void *arg) { return 0; }\n');
    copyPatchDir(realPatchDir, patchDir, other);
    const { words, package: built } = await run('python-package', { build: true });
    assert.match(words, 'the patch for bpo-29208 does not apply');
    assert.is(built, undefined);
  });

  python('plain root is refused in words; sudo is the way', async () => {
    const { words } = await run('python-package', { build: true, caller: { ...caller({ SRCDEST: sources }), env: {} } });
    assert.match(words, 'makepkg refuses to run as root');
  });

  python.run();
}
