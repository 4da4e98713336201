/** Why an edit did nothing, in words. Pure: what must be read is asked for by functions. */
import { basename, dirname, extname, join } from 'node:path';

export interface WhyContext {
  /** The kernel's own name of its architecture's directory: 'x86'. */
  readonly srcArch: string;
  /** The text of a file of the tree, by its path in the tree; `undefined` where there is none. */
  readonly read: (path: string) => string | undefined;
  /** What a CONFIG_ symbol is set to; `undefined` where it is off. */
  readonly valueOf: (symbol: string) => 'y' | 'm' | undefined;
}

/**
 * Why a file of the tree is part of nothing in this kernel.
 *
 * @param path in the tree: 'drivers/net/ethernet/intel/e1000/e1000_main.c'
 */
export function whyUnused(path: string, context: WhyContext): string {
  const [top = '', second = ''] = path.split('/');
  if (top === 'Documentation' || top === 'LICENSES' || /\.(?:rst|txt|md|svg|dot)$/.test(path)) return 'documentation';
  if (top === 'arch' && path.split('/').length > 2 && second !== context.srcArch) return `another architecture: ${second}, and this kernel is for ${context.srcArch}`;
  if (top === 'tools') return 'no program that this build runs is built from it';
  if (top === 'samples' && context.valueOf('CONFIG_SAMPLES') === undefined) return 'CONFIG_SAMPLES is off';
  if (['.c', '.S', '.rs'].includes(extname(path))) return whyNotBuilt(path, context) ?? 'no Makefile of this kernel names it';
  if (extname(path) === '.h') return 'no file that this kernel is built from includes it';
  return 'no file of this build reads it';
}

/**
 * What keeps a source out of the kernel, looked for in the Makefile beside the
 * file, then in those above it: an option that is off; else one that makes a
 * module of it. `undefined`: no Makefile beside the file names it.
 */
function whyNotBuilt(path: string, context: WhyContext): string | undefined {
  let wanted = basename(path).replace(/\.\w+$/, '.o');
  let module: string | undefined;
  let named = false;
  for (let dir = dirname(path); dir !== '.'; dir = dirname(dir)) {
    const makefile = [join(dir, 'Kbuild'), join(dir, 'Makefile')].find((name) => context.read(name) !== undefined);
    const place = makefile === undefined ? undefined : placeIn(wanted, context.read(makefile) ?? '');
    if (makefile !== undefined && place !== undefined) {
      const { symbol } = place;
      const value = symbol === undefined ? place.value : context.valueOf(symbol);
      if (value === undefined) return `${symbol} is off (${makefile})`;
      if (value === 'm') module ??= `${symbol === undefined ? 'it' : `${symbol}=m: it`} is part of a module that the last build did not read (${makefile})`;
    }
    if (dir === dirname(path)) named = place !== undefined;
    wanted = `${basename(dir)}/`;
  }
  return module ?? (named ? 'a Makefile names it, but the last build did not read it' : undefined);
}

/** How a Makefile takes an object or a directory in: by a symbol, or always, into the kernel or a module. */
interface Place {
  readonly symbol?: string;
  readonly value?: 'y' | 'm';
}

/** An object's or a directory's place in a Makefile, through the composite it is part of; `undefined` where it is not named. */
export function placeIn(object: string, makefile: string): Place | undefined {
  const lines = makefile.replaceAll(/\\\n/g, ' ').split('\n');
  const seen = new Set<string>();
  let place: Place | undefined;
  for (let wanted: string | undefined = object; wanted !== undefined && !seen.has(wanted);) {
    seen.add(wanted);
    let composite: string | undefined;
    for (const line of lines) {
      const match = /^\s*([\w.-]+?)-(?:(y|m|objs)|\$\((CONFIG_\w+)\))\s*[:+]?=\s*([^#]*)/.exec(line);
      if (match === null || !(match[4] ?? '').split(/\s+/).includes(wanted)) continue;
      if (match[3] !== undefined) return { symbol: match[3] };
      place = { value: match[1] === 'obj' && match[2] === 'm' ? 'm' : 'y' };
      if (match[1] !== 'obj') composite = `${match[1] ?? ''}.o`;
    }
    wanted = composite;
  }
  return place;
}
