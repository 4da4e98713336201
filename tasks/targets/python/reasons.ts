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
  'python-missing': () => ({ what: 'there is no Python 3, and vido needs one', fix: ['npm run packages -- --install vido'] }),
  'python-probe-failed': (d) => ({ said: d.tail.slice(-8), what: `${d.path} does not run`, fix: [`${shellQuote(d.path)} --version`] }),
  'makepkg-missing': (d) => ({
    what: 'the patched Python is built by makepkg, which is not on PATH',
    why: [`This is ${d.distribution}.`],
    fix: ['npm run packages -- --install python'],
  }),
  'makepkg-as-root': () => ({
    what: 'makepkg refuses to run as root, and nothing tells as which user to run it',
    why: ['Start kloop as an ordinary user, or by sudo, which tells who called.'],
    fix: ['npm run python -- --build   # as an ordinary user'],
  }),
  'makepkg-failed': (d) => ({ ...makepkgWords(d.trouble, d.patchDir, d.sources), said: withoutMeter(d.tail).slice(-12), log: d.log }),
  'python-not-arch': (d) => ({
    what: `${d.python} is Python ${d.version} with bpo-29208, and a package of Arch is never installed into ${d.distribution}`,
    why: [
      d.package === undefined ? 'The package has not been built.' : `The package is built: ${d.package}`,
      "It would overwrite the system's Python behind its package manager's back.",
      'Any Python other than 3.6.0 will do for vido.',
    ],
    fix: [`ls -l ${shellQuote(d.python)}   # where does it come from?`],
  }),
  'python-not-built': () => ({ what: 'there is no package of the patched Python to install', fix: ['npm run python -- --build'] }),
  'python-install-failed': (d) => ({ said: d.tail.slice(-12), what: 'pacman did not install the patched Python', log: d.log, fix: [`sudo pacman -U ${shellQuote(d.package)}`] }),
  'python-still-broken': (d) => ({
    what: `the patched Python is installed, and yet ${d.python} is as it was: ${d.words}`,
    why: [`${d.package} brings /usr/bin/python3; another Python may stand before it.`],
    fix: [`ls -l ${shellQuote(d.python)}`],
  }),
});

function makepkgWords(trouble: MakepkgTrouble, patchDir: string, sources: string): Words {
  switch (trouble.kind) {
    // What lies beside PKGBUILD was edited rather than downloaded.
    case 'checksum': return trouble.file.endsWith('.patch') ? {
      what: `${trouble.file} was edited, and python-patch/PKGBUILD has the checksum of what it was`,
      fix: [`sha1sum ${shellQuote(`${patchDir}/${trouble.file}`)}   # goes into sha1sums of PKGBUILD`, 'npm run python -- --build'],
    } : {
      what: `${trouble.file} is not what python-patch/PKGBUILD expects: its checksum is another`,
      why: ['A download may have been cut short or changed on its way. It is not built.'],
      fix: [`rm ${shellQuote(`${sources}/${trouble.file}`)}   # it is then downloaded again`, 'npm run python -- --build'],
    };
    case 'download': return { what: `${trouble.url} cannot be downloaded`, why: [`A copy may be put into ${sources}; its checksum is verified.`], fix: ['npm run python -- --build'] };
    case 'no-write': return { what: `the user who builds Python may not write into ${trouble.dir}`, fix: [`ls -ld ${shellQuote(trouble.dir)}`] };
    case 'patch': return { what: 'the patch for bpo-29208 does not apply to this source', fix: [`less ${shellQuote(`${patchDir}/bpo-29208.patch`)}`] };
    case 'dependencies': return { what: `building Python needs packages that could not be installed: ${trouble.names}`, fix: [`sudo pacman -S --needed ${trouble.names}`] };
    case 'step': return { what: `building Python failed, in ${trouble.step}() of python-patch/PKGBUILD` };
    case 'other': return { what: 'makepkg failed' };
  }
}
