/** What can go wrong with targets of the host: packages, Python, vido. */
import { shellQuote } from '../text/values.ts';
import type { InstallTrouble } from './packages/package-manager.ts';
import { withoutMeter, type MakepkgTrouble } from './python/makepkg.ts';
import type { Words, WordsFor } from '../report/words.ts';
import type { Need } from './packages/target.ts';

export type TargetReason =
  | { reason: 'no-static-compiler'; why: 'no-compiler' | 'no-static-libc' | 'error'; said: readonly string[]; log: string | undefined }
  | { reason: 'config-is-yours'; path: string }
  | { reason: 'packages-missing'; tools: readonly Need[]; command: string; retry: string }
  | { reason: 'packages-unknown-host'; distribution: string; tools: readonly Need[] }
  | { reason: 'packages-still-missing'; tools: readonly Need[]; path: string; log: string }
  | { reason: 'packages-install-failed'; trouble: InstallTrouble; byHand: string; tail: readonly string[]; log: string }
  | { reason: 'no-sudo'; command: string }
  | { reason: 'python-missing' }
  | { reason: 'python-probe-failed'; path: string; tail: readonly string[] }
  | { reason: 'makepkg-missing'; distribution: string }
  | { reason: 'makepkg-as-root' }
  | { reason: 'makepkg-failed'; trouble: MakepkgTrouble; patchDir: string; sources: string; tail: readonly string[]; log: string }
  | { reason: 'python-not-arch'; python: string; version: string; distribution: string; package: string | undefined }
  | { reason: 'python-not-built' }
  | { reason: 'python-install-failed'; package: string; tail: readonly string[]; log: string }
  | { reason: 'python-still-broken'; python: string; words: string; package: string }
  | { reason: 'vido-clone-failed'; url: string; clone: string; tail: readonly string[]; log: string }
  | { reason: 'vido-clone-foreign'; clone: string }
  /** `byRoot`: the prefix is not ours to write. */
  | { reason: 'vido-install-failed'; prefix: string; byRoot: boolean; tail: readonly string[]; log: string }
  | { reason: 'vido-cannot'; obstacles: readonly string[] };

export const targetWords: WordsFor<TargetReason> = {
  'config-is-yours': (d) => ({
    what: `${d.path} was edited by hand: it is not kloop's to remove`,
    mend: ['npm run config -- --save   # keep the change in kernel.config', 'npm run config -- --reset  # give it up'],
  }),
  'packages-missing': (d) => ({
    what: d.tools.length === 1 ? 'the host lacks a tool' : `the host lacks ${d.tools.length} tools`,
    why: table(d.tools),
    mend: [d.command, `${d.retry}   # does the same, and goes on`],
  }),
  'packages-unknown-host': (d) => ({
    what: `the host lacks ${d.tools.length === 1 ? 'a tool' : `${d.tools.length} tools`}, and kloop does not know the packages of ${d.distribution}`,
    why: [...table(d.tools), 'Install them by hand; kloop looks for the tools themselves, so any way will do.'],
  }),
  'packages-still-missing': (d) => ({
    what: 'the packages were installed, and yet tools are missing',
    why: [...table(d.tools), `Programs are looked for on PATH: ${d.path}`],
    log: d.log,
  }),
  'packages-install-failed': (d) => ({ ...troubleWords(d.trouble, d.byHand), said: d.tail.slice(-12), log: d.log }),
  'no-sudo': (d) => ({
    what: 'this needs root, and there is no sudo',
    why: ['Run this command as root, then the last one again:'],
    mend: [`su -c ${shellQuote(d.command)}`],
  }),
  'python-missing': () => ({ what: 'there is no Python 3, and vido needs one', mend: ['npm run packages -- --install vido'] }),
  'python-probe-failed': (d) => ({ said: d.tail.slice(-8), what: `${d.path} does not run`, mend: [`${shellQuote(d.path)} --version`] }),
  'makepkg-missing': (d) => ({
    what: 'the patched Python is built by makepkg, which is not on PATH',
    why: [`This is ${d.distribution}.`],
    mend: ['npm run packages -- --install python'],
  }),
  'makepkg-as-root': () => ({
    what: 'makepkg refuses to run as root, and nothing tells as which user to run it',
    why: ['Start kloop as an ordinary user, or by sudo, which tells who called.'],
    mend: ['npm run python -- --build   # as an ordinary user'],
  }),
  'makepkg-failed': (d) => ({ ...makepkgWords(d.trouble, d.patchDir, d.sources), said: withoutMeter(d.tail).slice(-12), log: d.log }),
  'python-not-arch': (d) => ({
    what: `${d.python} is Python ${d.version} with bpo-29208, and a package of Arch is never installed into ${d.distribution}`,
    why: [
      d.package === undefined ? 'The package has not been built.' : `The package is built: ${d.package}`,
      "It would overwrite the system's Python behind its package manager's back.",
      'Any Python other than 3.6.0 will do for vido.',
    ],
    mend: [`ls -l ${shellQuote(d.python)}   # where does it come from?`],
  }),
  'python-not-built': () => ({ what: 'there is no package of the patched Python to install', mend: ['npm run python -- --build'] }),
  'python-install-failed': (d) => ({ said: d.tail.slice(-12), what: 'pacman did not install the patched Python', log: d.log, mend: [`sudo pacman -U ${shellQuote(d.package)}`] }),
  'python-still-broken': (d) => ({
    what: `the patched Python is installed, and yet ${d.python} is as it was: ${d.words}`,
    why: [`${d.package} brings /usr/bin/python3; another Python may stand before it.`],
    mend: [`ls -l ${shellQuote(d.python)}`],
  }),
  'no-static-compiler': (d) => {
    switch (d.why) {
      case 'no-compiler': return { what: "the guest's init cannot be compiled: there is no C compiler (gcc, cc, clang)", mend: ['npm run packages -- --install'] };
      case 'no-static-libc': return {
        said: d.said,
        what: "the guest's init cannot be linked: the static C library is not installed",
        why: ['Debian and Ubuntu have it in libc6-dev, Fedora in glibc-static, Arch in glibc.'],
        log: d.log,
        mend: ['npm run packages -- --install'],
      };
      case 'error': return { said: d.said, what: "the guest's init cannot be compiled", log: d.log };
    }
  },
  'vido-clone-failed': (d) => ({
    said: d.tail.slice(-6),
    what: `vido cannot be cloned from ${d.url}`,
    why: ['VIDO_SOURCE names another place; a clone that is there already is used as it is.'],
    log: d.log,
    mend: [`git clone ${shellQuote(d.url)} ${shellQuote(d.clone)}`],
  }),
  'vido-clone-foreign': (d) => ({ what: `${d.clone} is there, but is no vido: it has no setup.py`, mend: [`ls ${shellQuote(d.clone)}`] }),
  'vido-install-failed': (d) => ({
    said: d.tail.slice(-12),
    what: `vido was not installed into ${d.prefix}`,
    ...(noSetuptools(d.tail) ? { why: ['Python has no distutils since 3.12; setuptools brings it.'] } : {}),
    log: d.log,
    mend: noSetuptools(d.tail) ? ['npm run packages -- --install vido'] : d.byRoot ? ['npm run vido   # in a terminal, where sudo can ask', 'npm run vido -- --prefix ~/.local   # needs no root; VIDO_PREFIX in .env has `vm` find it'] : ['npm run vido'],
  }),
  'vido-cannot': (d) => ({
    what: 'vido cannot boot this VM',
    why: d.obstacles,
    mend: ["VM_RUNNER=kloop npm run vm   # kloop's own launcher, which does the same"],
  }),
};

const noSetuptools = (tail: readonly string[]) => tail.some((line) => /No module named '(distutils|setuptools)/.test(line));

function makepkgWords(trouble: MakepkgTrouble, patchDir: string, sources: string): Words {
  switch (trouble.kind) {
    // What lies beside PKGBUILD was edited rather than downloaded.
    case 'checksum': return trouble.file.endsWith('.patch') ? {
      what: `${trouble.file} was edited, and python-patch/PKGBUILD has the checksum of what it was`,
      mend: [`sha1sum ${shellQuote(`${patchDir}/${trouble.file}`)}   # goes into sha1sums of PKGBUILD`, 'npm run python -- --build'],
    } : {
      what: `${trouble.file} is not what python-patch/PKGBUILD expects: its checksum is another`,
      why: ['A download may have been cut short or changed on its way. It is not built.'],
      mend: [`rm ${shellQuote(`${sources}/${trouble.file}`)}   # it is then downloaded again`, 'npm run python -- --build'],
    };
    case 'download': return { what: `${trouble.url} cannot be downloaded`, why: [`A copy may be put into ${sources}; its checksum is verified.`], mend: ['npm run python -- --build'] };
    case 'no-write': return { what: `the user who builds Python may not write into ${trouble.dir}`, mend: [`ls -ld ${shellQuote(trouble.dir)}`] };
    case 'patch': return { what: 'the patch for bpo-29208 does not apply to this source', mend: [`less ${shellQuote(`${patchDir}/bpo-29208.patch`)}`] };
    case 'dependencies': return { what: `building Python needs packages that could not be installed: ${trouble.names}`, mend: [`sudo pacman -S --needed ${trouble.names}`] };
    case 'step': return { what: `building Python failed, in ${trouble.step}() of python-patch/PKGBUILD` };
    case 'other': return { what: 'makepkg failed' };
  }
}

/** One line each, in columns: tool, package, what for. */
function table(tools: readonly Need[]): string[] {
  const width = (texts: string[]) => Math.max(...texts.map((text) => text.length));
  const names = width(tools.map((tool) => tool.name));
  const packages = width(tools.map((tool) => tool.package ?? ''));
  return tools.map((tool) =>
    `${tool.name.padEnd(names)}  ${packages === 0 ? '' : `${(tool.package ?? '').padEnd(packages)}  `}${tool.reason}`);
}

function troubleWords(trouble: InstallTrouble, byHand: string): Words {
  switch (trouble.kind) {
    case 'locked': return {
      what: `another package manager is at work${trouble.by === undefined ? '' : `: process ${trouble.by}`}`,
      why: ['kloop waited for it for two minutes where the package manager can wait.'],
      mend: [byHand],
    };
    case 'no-network': return { what: 'the packages cannot be downloaded', why: [trouble.line], mend: [byHand] };
    case 'no-space': return { what: 'there is no space for the packages', mend: ['df -h / /var'] };
    case 'no-right': return { what: 'the package manager needs root', why: [trouble.line], mend: [byHand] };
    case 'sudo-refused': return { what: 'sudo did not run the package manager', why: [trouble.line], mend: [byHand] };
    case 'no-lists':
    case 'old-lists': return {
      what: "the package manager's lists do not have these packages",
      why: ['On Arch, new lists go with an upgrade of everything; that is yours to decide.'],
      mend: byHand.includes('pacman') ? [byHand.replace(/pacman -S /, 'pacman -Syu ')] : [byHand],
    };
    case 'unfinished':
    case 'other': return { what: 'the package manager failed', mend: [byHand] };
  }
}
