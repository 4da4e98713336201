import { shellQuote } from '../../text/values.ts';
import { troubleWords, type LinkTrouble } from './link-errors.ts';
import { failuresOf } from '../../report/failure.ts';

/** What can go wrong when a kernel is made. */
type MakeReason =
  /** `newer`: a tool came out after the tree: what the matter is, and the commands that get past it. */
  | { reason: 'compile-failed'; targets: readonly string[]; said: readonly string[]; log: string; newer?: { readonly why: string; readonly fix: readonly string[] } }
  /** `targets`: what was linked, where that is not the kernel but a program or a library on the way. */
  | { reason: 'link-failed'; targets: readonly string[]; troubles: readonly LinkTrouble[]; said: readonly string[]; log: string }
  | { reason: 'build-no-space'; dir: string; said: readonly string[]; log: string }
  | { reason: 'build-killed'; said: readonly string[]; jobs: number; log: string }
  | { reason: 'source-missing'; file: string; twin: string | undefined; tree: string; said: readonly string[]; log: string }
  | { reason: 'make-failed'; status: number | string; said: readonly string[]; log: string }
  | { reason: 'verify-compiles'; objects: readonly string[]; log: string }
  | { reason: 'verify-differs'; sections: readonly string[]; objects: readonly string[]; log: string }
  | { reason: 'no-build-directory'; kernel: string | undefined }
  | { reason: 'debug-info-differs'; tree: string; sections: readonly string[]; log: string }
  | { reason: 'make-made-nothing'; path: string; log: string };

/** Measured with pahole 1.24: of three runs with `-j` over one vmlinux no two came to the same; without it they did. */
const threadedBtf = "With BTF two builds by make differ as well: the threads of pahole (-j) number the types as they come. To compare without them: KERNEL_MAKE_ARGS='PAHOLE_FLAGS=--btf_gen_floats'.";

export const makeFailure = failuresOf<MakeReason>({
  'compile-failed': (d) => ({
    said: d.said,
    what: d.targets.length === 0 ? 'the kernel does not compile' : `the kernel does not compile: ${d.targets.slice(0, 5).join(', ')}${d.targets.length > 5 ? ' and others' : ''}`,
    why: d.newer === undefined ? [] : [d.newer.why],
    log: d.log,
    fix: d.newer?.fix ?? [],
  }),
  'link-failed': (d) => {
    const [first, ...more] = d.troubles;
    const what = `${d.targets.length === 0 ? 'the kernel' : d.targets.slice(0, 3).join(', ')} does not link`;
    return {
      said: d.said,
      what: first === undefined ? what : `${what}: ${troubleWords(first)}`,
      why: [...more.slice(0, 9).map((trouble) => `Also: ${troubleWords(trouble)}`), ...more.length > 9 ? [`And ${more.length - 9} more.`] : []],
      log: d.log,
    };
  },
  'build-no-space': (d) => ({
    said: d.said,
    what: `no space left in the build directory: ${d.dir}`,
    log: d.log,
    fix: [`df -h ${shellQuote(d.dir)}`],
  }),
  'build-killed': (d) => ({
    said: d.said,
    what: 'a compiler was killed, probably because memory ran out',
    why: [`${d.jobs} compilers ran in parallel; JOBS sets the number.`],
    log: d.log,
    fix: [`JOBS=${Math.max(1, Math.floor(d.jobs / 2))} npm run kernel`],
  }),
  'source-missing': (d) => ({
    said: d.said,
    what: `the tree has no ${d.file}, which one of its makefiles asks for`,
    why: d.twin === undefined ? [] : [`It has ${d.twin}: it was probably copied from a file system that takes upper and lower case for the same.`],
    log: d.log,
    fix: [`git -C ${shellQuote(d.tree)} checkout -- ${shellQuote(d.file)}`],
  }),
  'make-failed': (d) => ({
    said: d.said,
    what: `make failed with ${typeof d.status === 'number' ? `status ${d.status}` : d.status}`,
    log: d.log,
  }),
  'verify-compiles': (d) => ({
    what: `after the quick build make still compiles ${d.objects.slice(0, 5).join(', ')}${d.objects.length > 5 ? ` and ${d.objects.length - 5} more` : ''}`,
    why: ["This is a bug in kloop; please report it. What make built is correct."],
    log: d.log,
    fix: ['KERNEL_FAST=off npm run kernel'],
  }),
  'verify-differs': (d) => ({
    what: 'the quick build and make built different kernels',
    why: [...d.sections.slice(0, 20), `Compiled: ${d.objects.slice(0, 10).join(', ')}`, d.sections.some((line) => line.startsWith('.BTF')) ? threadedBtf : "This is a bug in kloop; please report it. What make built is correct."],
    log: d.log,
    fix: ['KERNEL_FAST=off npm run kernel'],
  }),
  'no-build-directory': (d) => ({
    what: `${d.kernel === undefined ? 'the kernel' : d.kernel} cannot be built once more with debug information: it is not in the directory that it was built in`,
  }),
  'debug-info-differs': (d) => ({
    what: 'built with debug information, the kernel is another than the one that was booted',
    why: [...d.sections.slice(0, 5), `${d.tree} or its compiler may have changed since it was built.`],
    log: d.log,
    fix: ['npm run kernel   # and boot that', 'npm run gdb      # the names of functions alone'],
  }),
  'make-made-nothing': (d) => ({
    what: `make succeeded but didn't produce ${d.path}`,
    log: d.log,
  }),
});
