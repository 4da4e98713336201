/** What can go wrong with vido. */
import { shellQuote } from '../../text/values.ts';
import { failuresOf } from '../../report/failure.ts';

type VidoReason =
  | { reason: 'vido-clone-failed'; url: string; clone: string; tail: readonly string[]; log: string }
  | { reason: 'vido-clone-foreign'; clone: string }
  /** `byRoot`: the prefix is not ours to write. */
  | { reason: 'vido-install-failed'; prefix: string; byRoot: boolean; tail: readonly string[]; log: string }
  | { reason: 'vido-cannot'; obstacles: readonly string[] };

export const vidoFailure = failuresOf<VidoReason>({
  'vido-clone-failed': (d) => ({
    said: d.tail.slice(-6),
    what: `vido cannot be cloned from ${d.url}`,
    why: ['VIDO_SOURCE sets where to clone it from; an existing clone is used as it is.'],
    log: d.log,
    fix: [`git clone ${shellQuote(d.url)} ${shellQuote(d.clone)}`],
  }),
  'vido-clone-foreign': (d) => ({ what: `${d.clone} exists, but it isn't vido: it has no setup.py`, fix: [`ls ${shellQuote(d.clone)}`] }),
  'vido-install-failed': (d) => ({
    said: d.tail.slice(-12),
    what: `vido was not installed into ${d.prefix}`,
    ...(noSetuptools(d.tail) ? { why: ['Python has not had distutils since 3.12; setuptools provides it.'] } : {}),
    log: d.log,
    fix: noSetuptools(d.tail) ? ['npm run packages -- --install vido'] : d.byRoot ? ['npm run vido   # in a terminal, where sudo can ask', 'npm run vido -- --prefix ~/.local   # does not need root; set VIDO_PREFIX so that `vm` finds it'] : ['npm run vido'],
  }),
  'vido-cannot': (d) => ({
    what: 'vido cannot boot this VM',
    why: d.obstacles,
    fix: ["VM_RUNNER=kloop npm run vm   # kloop's own launcher, which does the same"],
  }),
});

const noSetuptools = (tail: readonly string[]) => tail.some((line) => /No module named '(distutils|setuptools)/.test(line));
