/** What can go wrong with Python and its package. */
import { shellQuote } from '../../text/values.ts';
import { failuresOf } from '../../report/failure.ts';
import type { Words } from '../../report/words.ts';
import { withoutMeter, type MakepkgTrouble } from './makepkg.ts';

type PythonReason =
  | { reason: 'python-missing' }
  | { reason: 'python-probe-failed'; path: string; tail: readonly string[] }
  | { reason: 'makepkg-missing'; distribution: string }
  | { reason: 'makepkg-as-root' }
  | { reason: 'makepkg-failed'; trouble: MakepkgTrouble; patchDir: string; sources: string; tail: readonly string[]; log: string }
  | { reason: 'python-not-arch'; python: string; version: string; distribution: string; package: string | undefined }
  | { reason: 'python-not-built' }
  | { reason: 'python-install-failed'; package: string; tail: readonly string[]; log: string }
  | { reason: 'python-still-broken'; python: string; words: string; package: string };

export const pythonFailure = failuresOf<PythonReason>({
  'python-missing': () => ({ what: 'vido needs Python 3, which is not installed', fix: ['npm run packages -- --install vido'] }),
  'python-probe-failed': (d) => ({ said: d.tail.slice(-8), what: `${d.path} does not run`, fix: [`${shellQuote(d.path)} --version`] }),
  'makepkg-missing': (d) => ({
    what: 'building the patched Python needs makepkg, which is not on PATH',
    why: [`This is ${d.distribution}.`],
    fix: ['npm run packages -- --install python'],
  }),
  'makepkg-as-root': () => ({
    what: 'makepkg refuses to run as root, and kloop does not know which user to run it as',
    why: ['Run kloop as an ordinary user, or with sudo, which passes on the calling user.'],
    fix: ['npm run python -- --build   # as an ordinary user'],
  }),
  'makepkg-failed': (d) => ({ ...makepkgWords(d.trouble, d.patchDir, d.sources), said: withoutMeter(d.tail).slice(-12), log: d.log }),
  'python-not-arch': (d) => ({
    what: `${d.python} is Python ${d.version} with bpo-29208, and kloop never installs an Arch package on ${d.distribution}`,
    why: [
      d.package === undefined ? 'The package has not been built.' : `The package is built: ${d.package}`,
      "It would overwrite the system's Python without its package manager knowing.",
      'vido works with any other version of Python.',
    ],
    fix: [`ls -l ${shellQuote(d.python)}   # shows where it comes from`],
  }),
  'python-not-built': () => ({ what: 'there is no package of the patched Python to install', fix: ['npm run python -- --build'] }),
  'python-install-failed': (d) => ({ said: d.tail.slice(-12), what: 'pacman did not install the patched Python', log: d.log, fix: [`sudo pacman -U ${shellQuote(d.package)}`] }),
  'python-still-broken': (d) => ({
    what: `the patched Python is installed, but ${d.python} did not change: ${d.words}`,
    why: [`${d.package} contains /usr/bin/python3; another Python may come before it on PATH.`],
    fix: [`ls -l ${shellQuote(d.python)}`],
  }),
});

function makepkgWords(trouble: MakepkgTrouble, patchDir: string, sources: string): Words {
  switch (trouble.kind) {
    // What lies beside PKGBUILD was edited rather than downloaded.
    case 'checksum': return trouble.file.endsWith('.patch') ? {
      what: `${trouble.file} was edited, but python-patch/PKGBUILD still has its old checksum`,
      fix: [`sha1sum ${shellQuote(`${patchDir}/${trouble.file}`)}   # for sha1sums in PKGBUILD`, 'npm run python -- --build'],
    } : {
      what: `${trouble.file} does not match its checksum in python-patch/PKGBUILD`,
      why: ['The download may be incomplete or changed. It is not built.'],
      fix: [`rm ${shellQuote(`${sources}/${trouble.file}`)}   # has it downloaded again`, 'npm run python -- --build'],
    };
    case 'download': return { what: `${trouble.url} cannot be downloaded`, why: [`You can put a copy into ${sources}; its checksum is verified.`], fix: ['npm run python -- --build'] };
    case 'no-write': return { what: `the user who builds Python cannot write to ${trouble.dir}`, fix: [`ls -ld ${shellQuote(trouble.dir)}`] };
    case 'patch': return { what: 'the patch for bpo-29208 does not apply to this source', fix: [`less ${shellQuote(`${patchDir}/bpo-29208.patch`)}`] };
    case 'dependencies': return { what: `building Python needs packages that could not be installed: ${trouble.names}`, fix: [`sudo pacman -S --needed ${trouble.names}`] };
    case 'step': return { what: `building Python failed, in ${trouble.step}() of python-patch/PKGBUILD` };
    case 'other': return { what: 'makepkg failed' };
  }
}
