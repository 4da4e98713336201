/**
 * Walks over little kernels that are built in another way than the one that the tests
 * share: in a directory of their own (`O=`), by clang, from vmlinux.o (CONFIG_X86_KERNEL_IBT),
 * with BTF, linked by ld.lld. Their tree is the tests' own, unpacked once: Kbuild refuses `O=` for one that was built in.
 *
 * KLOOP_TEST_FORM takes one of them; KLOOP_TEST_SEED and KLOOP_TEST_STEPS as for the other walks.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { suite } from 'uvu';
import { findProgram } from '../../../tasks/host/files.ts';
import { shellQuote } from '../../../tasks/text/values.ts';
import { kloop, root } from '../../support/kloop.ts';
import { write } from '../../support/little-kernel.ts';
import { sameBuild } from '../../support/shared-kernel.ts';
import { commonKinds } from './walk-kinds.ts';
import { Walk } from './walk.ts';

const cache = process.env['KLOOP_TEST_CACHE'];
const seed = Number(process.env['KLOOP_TEST_SEED'] ?? Date.now() % 1_000_000);
const steps = Number(process.env['KLOOP_TEST_STEPS'] ?? 16);

const forms: readonly { readonly name: string; readonly options?: string; readonly makeArgs?: readonly string[]; readonly programs?: readonly string[] }[] = [
  { name: 'directory' },
  { name: 'clang', makeArgs: ['LLVM=1'], programs: ['clang', 'ld.lld'] },
  { name: 'ibt', options: 'CONFIG_X86_KERNEL_IBT=y\n' },
  { name: 'lld', makeArgs: ['LD=ld.lld'], programs: ['ld.lld'] },
  {
    name: 'btf', options: 'CONFIG_BPF_SYSCALL=y\nCONFIG_DEBUG_INFO_DWARF_TOOLCHAIN_DEFAULT=y\nCONFIG_DEBUG_INFO_BTF=y\n', programs: ['pahole'],
    // Not -j: its threads number the types as they come, differently each time.
    makeArgs: ['PAHOLE_FLAGS=--btf_gen_floats --lang_exclude=rust'],
  },
];
const sources = ['kernel/ksysfs.c', 'lib/cmdline.c', 'kernel/params.c', 'mm/util.c', 'fs/open.c'];
const wanted = process.env['KLOOP_TEST_FORM'];

for (const { name, options = '', makeArgs = [], programs = [] } of forms.filter((form) => wanted === undefined || form.name === wanted)) {
  const test = suite(name);
  const absent = programs.find((program) => findProgram(program) === undefined);
  if (cache === undefined || absent !== undefined) {
    console.log(cache === undefined ? '# no cache: run it by `npm run test:long -- build/walk-forms`' : `# ${name}: skipped, for lack of ${absent ?? ''}`);
    test.skip('needs KLOOP_TEST_CACHE and its programs', () => undefined);
  } else {
    const dir = join(cache, 'forms');
    const config = join(dir, `${name}.config`);
    write(config, options);
    const buildDir = join(dir, name);
    const env = {
      REPOS_DIR: join(dir, 'repos'), STATE_DIR: join(dir, 'state'), KERNEL_CONFIG: join(root, 'config/variants/tiny.config'), KERNEL_FRAGMENTS: config,
      KERNEL_BUILD_DIR: buildDir, KERNEL_MAKE_ARGS: makeArgs.map((word) => shellQuote(word)).join(' '), KLOOP_ENV_FILE: '', ...sameBuild,
    };
    let walk: Walk | undefined;
    test(`a walk of ${steps} edits, ${name}, KLOOP_TEST_SEED=${seed}`, async () => {
      console.log(`# ${name}`);
      const built = await kloop(['kernel', '--no-image'], { env });
      if (built.status !== 0) throw new Error(built.stderr);
      const tree = join(env.REPOS_DIR, readdirSync(env.REPOS_DIR).find((one) => !one.startsWith('.')) ?? '');
      walk = new Walk({ dir: tree, buildDir, stateDir: env.STATE_DIR, env, seed, goals: [`O=${buildDir}`, ...makeArgs, 'vmlinux'] });
      await walk.go(commonKinds(walk, sources, /^(?:lib|fs|kernel|mm)\/.*\.h$/), steps);
      await walk.agreesWithMake();
    });
    test.after(() => walk?.tree.undoAll());
  }
  test.run();
}
