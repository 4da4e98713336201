/** watch --shadow: the kloops that run what a run of the loop ran, in the kernels of variants. */
import { variantVmName } from '../../../config/variant.ts';
import { commonOptions, type Call, type OptionSpec } from '../../cli/spec.ts';
import { typedWords } from '../../cli/typed-words.ts';
import { hostFailure } from '../../host/reasons.ts';
import { besideDir, refusedInPlace } from '../../kernel/config/builds.ts';
import { isFailure, type Failure, type Result } from '../../report/failure.ts';
import type { Shadow } from '../../watch/shadow/shadows.ts';
import type { Context } from '../shared/context.ts';
import { sourceTree } from '../shared/source-tree.ts';
import { vmOptionsOf } from '../shared/vm-options.ts';
import { askedVm } from '../shared/vm-request.ts';

export const shadowOption: OptionSpec = { flags: '--shadow <name>', summary: 'then run it in this variant, in the background', repeats: true };

const tree = commonOptions.filter(({ flags }) => flags.startsWith('--tree '));
const forVm = [...vmOptionsOf('shadow'), ...tree];
/** The time limit of each test is check's own option, which has the name of the VM's. */
const forTests = [...vmOptionsOf('shadow').filter((option) => vmOptionsOf('check').includes(option) || option.flags.startsWith('--timeout ')), ...tree];

interface Shadowing {
  readonly shadows: readonly Shadow[];
  /** The loop's own: a tree that has variants is not built in place. */
  readonly context: Context;
}

/**
 * @param tests what --check names
 * @returns a failure where there is no such variant, or where the tree was built in place
 */
export async function shadowsFor(call: Call, tests: readonly string[] | undefined, context: Context): Promise<Result<Shadowing>> {
  const names = [...new Set((call.options['shadow'] ?? []) as readonly string[])];
  const { settings } = context;
  if (names.length === 0) return { shadows: [], context };
  const refused = refusal(names, call, tests, context);
  if (refused !== undefined) return refused;
  const source = await sourceTree(call, context, 'watch');
  if (isFailure(source)) return source;
  const { name } = askedVm(call, settings, context.cwd);
  const shadows: Shadow[] = [];
  for (const variant of names) {
    const own = context.forVariant(variant);
    if (isFailure(own)) return own;
    const inPlace = refusedInPlace(own.settings, source);
    if (isFailure(inPlace)) return inPlace;
    const words = tests === undefined
      ? ['vm', ...typedWords(forVm, call), '--json']
      : ['check', ...typedWords(forTests, call)];
    const what = tests === undefined ? ['--', ...call.guestCommand] : [...tests, ...(call.guestCommand.length === 0 ? [] : ['--', ...call.guestCommand])];
    const [, launcher = ''] = process.argv;
    // Two VMs at once: the name that the one in the foreground has may come from the environment, too.
    const named = ['env', `VM_NAME=${variantVmName(name, variant)}`];
    shadows.push({ variant, argv: [...named, process.execPath, launcher, ...words, '--quiet', `--variant=${variant}`, ...what], log: () => own.world.logFor('shadow') });
  }
  const elsewhere = settings.variant !== undefined || settings.kernelBuildDir !== undefined ? context : context.with({ KERNEL_BUILD_DIR: besideDir(settings, source) });
  return isFailure(elsewhere) ? elsewhere : { shadows, context: elsewhere };
}

function refusal(names: readonly string[], { options, guestCommand }: Call, tests: readonly string[] | undefined, { settings }: Context): Failure | undefined {
  const wrong = tests === undefined && guestCommand.length === 0 ? 'a shell has no verdict that --shadow could follow'
    : options['kernel'] !== undefined ? '--shadow builds kernels, and --kernel boots another'
      : names.find((name) => name === settings.variant?.name) === undefined ? undefined : `the variant ${settings.variant?.name} already runs in the foreground`;
  return wrong === undefined ? undefined : hostFailure({ reason: 'bad-usage', wrong, fix: ['npm run watch -- --shadow debug -- ./test.sh'] });
}
