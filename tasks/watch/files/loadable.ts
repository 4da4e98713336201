/** What a person names that is to be a module, as options of Kconfig. Pure: what must be read is asked for by functions. */
import { basename } from 'node:path';
import { optionOf } from './tristate.ts';
import type { WhyContext } from './why.ts';

export interface LoadableContext extends Pick<WhyContext, 'read' | 'valueOf'> {
  /** Whether Kconfig has an option as a tristate; `undefined` for one that it does not have. */
  readonly isTristate: (symbol: string) => boolean | undefined;
  /** The C files at and below a path in the tree; `undefined` where there is neither a file nor a directory. */
  readonly sourcesAt: (path: string) => readonly string[] | undefined;
  /** What is, or might be, a module in the last build: 'net/ipv4/tcp_bbr.ko'. */
  readonly modules: readonly string[];
}

/** `each`: whatever was built in below a directory, as far as it can be a module; else the one that was meant. */
export type Loadable = { readonly options: readonly string[]; readonly each: boolean } | { readonly wrong: string };

/** @param what 'CONFIG_TCP_CONG_BBR', a path in the tree, or a module's name */
export function loadable(what: string, context: LoadableContext): Loadable {
  const { isTristate, sourcesAt, modules } = context;
  // One that there is not is told by whoever sets it.
  if (/^CONFIG_\w+$/.test(what)) return isTristate(what) === false ? { wrong: `${what} is no tristate: it cannot be a module` } : { options: [what], each: false };
  const sources = sourcesAt(what);
  if (sources !== undefined && !what.endsWith('.c')) return below(what, sources, context);
  const [object] = sources ?? modules.filter((path) => basename(path, '.ko').replaceAll('-', '_') === what.replaceAll('-', '_'));
  if (object === undefined) return { wrong: `${what} is no file of the tree, and the last build has nothing of that name that is, or could be, a module` };
  const symbol = optionOf(object, context.read);
  if (symbol === undefined) return { wrong: `${object} has no option of its own: it cannot be a module by itself` };
  return isTristate(symbol) === true ? { options: [symbol], each: false } : { wrong: `${object} is built by ${symbol}, which is no tristate: it cannot be a module` };
}

/** What is off stays off; what is a module already may stay one. */
function below(what: string, sources: readonly string[], { read, valueOf, isTristate }: LoadableContext): Loadable {
  const symbols = new Set(sources.flatMap((path) => optionOf(path, read) ?? []));
  const options = [...symbols].filter((symbol) => isTristate(symbol) === true && valueOf(symbol) !== undefined).sort();
  return options.length === 0 ? { wrong: `nothing that is built below ${what} could be a module` } : { options, each: true };
}
