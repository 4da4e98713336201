/** Options that are modules (`=m`). Pure. */

/** The options that a .config sets to `m`, without their CONFIG_. */
export function modulesOf(text: string): string[] {
  return [...text.matchAll(/^CONFIG_(\w+)=m$/gm)].map((match) => match[1] ?? '');
}

/** Whether a kernel of this .config can load modules; they are built with it then. */
export function canLoadModules(text: string): boolean {
  return /^CONFIG_MODULES=y$/m.test(text);
}

/** So many take longer to build than the kernel: a distribution's .config has thousands. */
const many = 300;

/** What a person should know before they are built for the first time. */
export function modulesWords(options: readonly string[]): string | undefined {
  return options.length < many ? undefined
    : `${options.length} options are modules (=m), which are built with the kernel. \`make localmodconfig\` in the tree keeps those that this host has loaded`;
}
