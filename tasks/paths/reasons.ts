/** What can go wrong with paths. */
import { failuresOf } from '../report/failure.ts';
import type { Words } from '../report/words.ts';
import { nearest } from '../text/nearest.ts';
import { shellQuote } from '../text/values.ts';

type PathReason =
  | { reason: 'unknown-profile'; name: string; known: readonly string[] }
  | { reason: 'bad-profile'; path: string; wrong: string }
  | { reason: 'bad-trace'; path: string; wrong: string }
  | { reason: 'bad-change'; where: string; wrong: string }
  /** `why`: there are several, say. */
  | { reason: 'no-paths'; vm: string | undefined; why: string | undefined }
  /** All of its paths lie over bridges. */
  | { reason: 'no-peer'; vm: string }
  | { reason: 'change-refused'; path: string; said: readonly string[] }
  | { reason: 'peer-failed'; cause: Words }
  /** Of --peer-kernel and interop: neither a file nor a variant. */
  | { reason: 'no-kernel'; name: string; variants: readonly string[] }
  | { reason: 'not-built'; dir: string }
  | { reason: 'old-qemu'; qemu: string; said: readonly string[] }
  | { reason: 'peer-set-up'; said: readonly string[]; log: string }
  | { reason: 'too-many-paths'; asked: number; most: number };

export const pathFailure = failuresOf<PathReason>({
  'unknown-profile': (d) => {
    const meant = nearest(d.name, d.known);
    return {
      what: `there is no path profile '${d.name}'`,
      why: [`Profiles: ${d.known.join(', ')}`, 'One of your own is a file NAME.path in .kloop/paths of your tree, or in ~/.config/kloop/paths.'],
      fix: [`npm run vm -- --path ${meant ?? 'wifi'}`],
    };
  },
  'bad-profile': (d) => ({ what: `the path profile ${d.path} cannot be read`, why: [d.wrong] }),
  'bad-trace': (d) => ({ what: `the trace ${d.path} cannot be followed`, why: [d.wrong] }),
  'bad-change': (d) => ({ what: `${d.where}: ${d.wrong}`, fix: d.where.startsWith('--') ? ['npm run vm -- --path lte:delay=80ms,up-loss=1%'] : [] }),
  'no-paths': (d) => ({ what: d.why ?? (d.vm === undefined ? 'no VM with paths runs' : `VM ${d.vm} has no paths`), fix: d.why === undefined ? ['npm run vm -- --path wifi --path lte'] : ['npm run path -- --vm NAME', 'npm run ps   # the VMs that run'] }),
  'no-peer': (d) => ({ what: `the paths of VM ${d.vm} lie over bridges: what goes over them is not counted, and they stay as they were at the start`, why: ['A path to a peer can be changed while it is used, and is counted there.'], fix: ['npm run path', 'npm run vm -- --path wifi --path lte'] }),
  'change-refused': (d) => ({ what: `the path ${d.path} could not be changed`, said: d.said }),
  'peer-failed': ({ cause }) => ({ ...cause, what: `the peer at the far end of the paths: ${cause.what}` }),
  'no-kernel': (d) => {
    const meant = nearest(d.name, d.variants);
    return { what: `there is neither a file nor a variant called ${d.name}${meant === undefined ? '' : `. Did you mean ${meant}?`}`, why: [`Variants: ${d.variants.join(', ')}`, 'A kernel may also be an image, a tree that was built, host, installed:VERSION.'] };
  },
  'not-built': (d) => ({ what: `no kernel was built in ${d.dir}: it has neither a vmlinux that QEMU can boot nor arch/x86/boot/bzImage`, fix: [`npm run kernel -- --tree ${shellQuote(d.dir)}`] }),
  'old-qemu': (d) => ({ what: `${d.qemu} cannot connect two VMs by a socket file: QEMU 7.2 and newer can`, said: d.said }),
  'peer-set-up': (d) => {
    const lacks = [...new Set(d.said.flatMap((line) => /\bCONFIG_\w+/.exec(line) ?? []))];
    return {
      what: 'the peer at the far end of the paths could not be set up', said: d.said, log: d.log,
      why: lacks.length === 0 ? [] : [`The peer's kernel lacks ${lacks.join(', ')}.`],
      fix: lacks.length === 0 ? [] : [`npm run kernel -- ${lacks.map((option) => `--set ${option}=y`).join(' ')}   # in the tree that the peer's kernel is of`],
    };
  },
  'too-many-paths': (d) => ({ what: `a VM can have at most ${d.most} paths, not ${d.asked}` }),
});
