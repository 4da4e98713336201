/** How a tree links vmlinux, recognised from its makefiles. Pure. */

/**
 * `makefiles`: scripts/Makefile.vmlinux_o, .modpost and .vmlinux, one after
 * the other (6.1 and newer). `script`: scripts/link-vmlinux.sh does all of it,
 * by the command that is saved in .vmlinux.cmd (3.7 to 6.0).
 */
export type LinkForm = 'makefiles' | 'script';

interface LinkSources {
  /** The top Makefile. */
  readonly makefile: string;
  readonly hasMakefileVmlinux: boolean;
  /** The saved command of vmlinux. */
  readonly vmlinuxCommand: string | undefined;
}

/** The lines of a rule's recipe; `undefined` where there is no such rule, or several. */
export function recipeOf(makefile: string, target: string): string[] | undefined {
  const rules = [...makefile.replaceAll('\\\n', ' ').matchAll(new RegExp(`^${target.replace('.', '\\.')} *:(?![:=])(?! *(?:private|export) )[^\\n=]*\\n((?:\\t.*\\n)+)`, 'gm'))];
  return rules.length === 1 ? (rules[0]?.[1] ?? '').split('\n').filter((line) => line !== '').map((line) => line.trim()) : undefined;
}

const subMake = (name: string) => new RegExp(`^\\$\\(Q\\)\\$\\(MAKE\\) -f \\$\\(srctree\\)/scripts/Makefile\\.${name}$`);

export function linkForm({ makefile, hasMakefileVmlinux, vmlinuxCommand }: LinkSources): LinkForm | undefined {
  if (hasMakefileVmlinux) {
    const known = (['vmlinux_o', 'modpost', 'vmlinux'] as const).every((name) => {
      const lines = recipeOf(makefile, name);
      return lines?.length === 1 && subMake(name).test(lines[0] ?? '');
    });
    return known ? 'makefiles' : undefined;
  }
  return vmlinuxCommand !== undefined && /^(?:\S*sh )?\s*(?:\S*\/)?scripts\/link-vmlinux\.sh /.test(vmlinuxCommand.trim()) ? 'script' : undefined;
}

/**
 * Options with which the link does more than link: make sees to those.
 *
 * @param options.modular whether anything is built as a module
 */
export function linkRefusal(config: ReadonlySet<string>, { form, modular }: { form: LinkForm; modular: boolean }): string | undefined {
  // Up to 6.0 each version has another way from objects to modules.
  if (modular && form === 'script') return 'modules (=m), in a tree before 6.1';
  // adjust_autoksyms.sh builds the whole tree again, as often as it takes.
  if (config.has('TRIM_UNUSED_KSYMS')) return 'CONFIG_TRIM_UNUSED_KSYMS';
  // With LTO the objects aren't machine code yet.
  if (config.has('LTO_CLANG')) return 'CONFIG_LTO_CLANG';
  return undefined;
}

/** Whether the link itself makes a file of the top directory. (scripts/link-vmlinux.sh and Makefile.vmlinux*, 6.1) */
export function isLinkProduct(relative: string): boolean {
  return /^(vmlinux(\.\w+)?|\.?(tmp_)?vmlinux[\w.-]*|System\.map|modules\.[\w.-]+|Module\.symvers|init\/version-timestamp\.o)$/.test(relative);
}

/**
 * Whether the link may make a file anew: those of the top directory, the version, and what belongs to modules.
 * The archives and the objects that come before it are not among them.
 */
export function mayBeLinked(relative: string): boolean {
  return !relative.includes('/') || /^(?:init|include\/generated)\/[^/]+$|\.(?:ko|mod|mod\.[co])$/.test(relative);
}
