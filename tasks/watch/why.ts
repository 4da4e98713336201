/** Why an edit did nothing, in words. Pure: what must be read is asked for by functions. */
import { basename, dirname, extname, join } from 'node:path';
import type { Ignored } from './feeds.ts';

export interface WhyContext {
  /** The kernel's own name of its architecture's folder: 'x86'. */
  readonly srcArch: string;
  /** The text of a file of the tree, by its path in the tree; `undefined` where there is none. */
  readonly read: (path: string) => string | undefined;
  /** Whether a CONFIG_ symbol is y or m. */
  readonly isOn: (symbol: string) => boolean;
}

export function whyIgnored(ignored: Exclude<Ignored, 'unused'>): string {
  switch (ignored) {
    case 'editor': return "an editor's own file";
    case 'product': return 'made by the build';
    case 'git': return "git's own file";
    case 'elsewhere': return "outside the kernel's tree, and nothing that `--also` names";
  }
}

/**
 * Why a file of the tree feeds nothing of this kernel.
 *
 * @param path in the tree: 'drivers/net/ethernet/intel/e1000/e1000_main.c'
 */
export function whyUnused(path: string, context: WhyContext): string {
  const [top = '', second = ''] = path.split('/');
  if (top === 'Documentation' || top === 'LICENSES' || /\.(?:rst|txt|md|svg|dot)$/.test(path)) return 'documentation';
  if (top === 'arch' && path.split('/').length > 2 && second !== context.srcArch) return `another architecture: ${second}, and this kernel is for ${context.srcArch}`;
  if (top === 'tools') return 'no program that this build runs is made from it';
  if (top === 'samples' && !context.isOn('CONFIG_SAMPLES')) return 'CONFIG_SAMPLES is off';
  if (['.c', '.S', '.rs'].includes(extname(path))) return whyNotBuilt(path, context) ?? 'no Makefile of this kernel names it';
  if (extname(path) === '.h') return 'no file that this kernel is built from includes it';
  return 'no file of this build reads it';
}

/** The option that is off: looked for in the Makefile beside the file, then in those above it. */
function whyNotBuilt(path: string, context: WhyContext): string | undefined {
  let wanted = basename(path).replace(/\.\w+$/, '.o');
  for (let dir = dirname(path); dir !== '.'; dir = dirname(dir)) {
    const makefile = [join(dir, 'Kbuild'), join(dir, 'Makefile')].find((name) => context.read(name) !== undefined);
    if (makefile !== undefined) {
      const symbol = symbolFor(wanted, context.read(makefile) ?? '');
      if (symbol !== undefined && !context.isOn(symbol)) return `${symbol} is off (${makefile})`;
    }
    wanted = `${basename(dir)}/`;
  }
  return undefined;
}

/** The CONFIG_ symbol on which an object or a folder hangs in a Makefile, through the composite it is part of. */
export function symbolFor(object: string, makefile: string): string | undefined {
  const lines = makefile.replaceAll(/\\\n/g, ' ').split('\n');
  const seen = new Set<string>();
  for (let wanted: string | undefined = object; wanted !== undefined && !seen.has(wanted);) {
    seen.add(wanted);
    let composite: string | undefined;
    for (const line of lines) {
      const match = /^\s*([\w.-]+?)-(?:(y|m|objs)|\$\((CONFIG_\w+)\))\s*[:+]?=\s*([^#]*)/.exec(line);
      if (match === null || !(match[4] ?? '').split(/\s+/).includes(wanted)) continue;
      if (match[3] !== undefined) return match[3];
      if (match[1] !== 'obj') composite = `${match[1] ?? ''}.o`;
    }
    wanted = composite;
  }
  return undefined;
}
