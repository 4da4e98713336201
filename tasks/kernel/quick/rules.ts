/**
 * What Kbuild does to make one object, read from the tree's own makefiles: a
 * quick build repeats only what it knows. Pure.
 *
 * The steps were read in 4.1, 4.19, 5.4, 6.1 and 6.12; the rules stand in
 * scripts/Makefile.build, in newer trees (6.15) in scripts/Makefile.lib.
 */

/** The steps of one rule, by the names that Kbuild gives them. */
type RuleSteps = readonly string[];

/** The steps of `rule_cc_o_c` or `rule_as_o_S`; `undefined` where there is no such rule, or it holds something else. */
export function ruleSteps(makefile: string, rule: 'cc_o_c' | 'as_o_S'): RuleSteps | undefined {
  const body = new RegExp(`^define rule_${rule}\\n([\\s\\S]*?)^endef`, 'm').exec(makefile)?.[1];
  if (body === undefined) return undefined;
  const steps: string[] = [];
  const rest = body.replaceAll('\\\n', '\n')
    .replaceAll(/\$\(call echo-cmd,\w+\)/g, '')
    .replaceAll(/\$\(call (?:cmd_and_fixdep|cmd),(\w+)\)|\$\(cmd_(\w+)\)/g, (_, called: string | undefined, named: string | undefined) => {
      steps.push(called ?? named ?? '');
      return '';
    });
  return /^[\s;]*$/.test(rest) && steps.length > 0 ? steps : undefined;
}

/** What decides whether a step does anything. */
export interface RuleFacts {
  /** Options that are `y`, without `CONFIG_`. */
  readonly config: ReadonlySet<string>;
  /** What the top makefile exports. */
  readonly exported: Readonly<Record<string, string>>;
}

/**
 * How a step is repeated beside the saved command: `nothing` to do;
 * `check-local-export`; `kept`: a line of the `.cmd` file that stays as it is;
 * `by-kbuild`: only Kbuild itself can do it.
 */
type StepWork = 'nothing' | 'check-local-export' | 'kept' | 'by-kbuild';

export function stepWork(step: string, { config, exported }: RuleFacts): StepWork {
  const set = (name: string) => /^[12]/.test(exported[name] ?? '');
  const unless = (condition: boolean): StepWork => (condition ? 'by-kbuild' : 'nothing');
  switch (step) {
    case 'cc_o_c': case 'as_o_S': case 'warn_shared_object': return 'nothing';
    case 'check_local_export': return 'check-local-export';
    case 'gen_objtooldep': return 'kept';
    case 'checksrc': case 'force_checksrc': return unless(set('KBUILD_CHECKSRC'));
    case 'checkdoc': return unless((exported['KBUILD_EXTRA_WARN'] ?? '') !== '' || (exported['KBUILD_ENABLE_EXTRA_GCC_CHECKS'] ?? '') !== '');
    case 'gen_ksymdeps': return unless(config.has('TRIM_UNUSED_KSYMS'));
    case 'gen_symversions_c': case 'gen_symversions_S': case 'modversions_c': case 'modversions_S': case 'modversions':
      return unless(config.has('MODVERSIONS'));
    // A step of its own up to 5.16; later a part of the command. (Makefile.build)
    case 'objtool': return unless(config.has('STACK_VALIDATION') || config.has('OBJTOOL'));
    case 'record_mcount':
      return unless(config.has('FTRACE_MCOUNT_RECORD') && !config.has('FTRACE_MCOUNT_USE_CC') && !config.has('FTRACE_MCOUNT_USE_OBJTOOL'));
    default: return 'by-kbuild';
  }
}

/** How objects are compiled again: by their saved commands, or by Kbuild in their directory alone. */
export interface ObjectRule {
  readonly how: 'saved' | 'by-kbuild';
  readonly checkLocalExport: boolean;
}

export function objectRule(steps: RuleSteps | undefined, facts: RuleFacts): ObjectRule {
  const works = steps?.map((step) => stepWork(step, facts));
  if (works === undefined || works.includes('by-kbuild')) return { how: 'by-kbuild', checkLocalExport: false };
  return { how: 'saved', checkLocalExport: works.includes('check-local-export') };
}
