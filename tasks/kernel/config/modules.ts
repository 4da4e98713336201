/** Options that are modules (`=m`): kloop builds vmlinux alone, and the guest loads none. Pure. */

/** The options that a .config sets to `m`, without their CONFIG_. */
export function modulesOf(text: string): string[] {
  return [...text.matchAll(/^CONFIG_(\w+)=m$/gm)].map((match) => match[1] ?? '');
}

const named = 5;

export function modulesWords(options: readonly string[]): string {
  const names = options.slice(0, named).map((option) => `CONFIG_${option}`).join(', ');
  const more = options.length > named ? ` and ${options.length - named} more` : '';
  const one = options.length === 1;
  return `${one ? '1 option is a module' : `${options.length} options are modules`} (=m), and ${one ? 'is' : 'are'} not in the kernel that boots: ${names}${more}; =y builds ${one ? 'it' : 'them'} in`;
}
