/** Whether what was saved is built in and might be a module. Pure: what must be read is asked for by functions. */
import { basename, dirname, extname, join } from 'node:path';
import { placeIn, type WhyContext } from './why.ts';

/**
 * The option by which a source is built in, where Kconfig has it as a tristate;
 * `undefined` for what cannot be a module, or is one.
 *
 * @param path in the tree: 'net/ipv4/tcp_bbr.c'
 */
export function mightBeModule(path: string, { read, valueOf }: Pick<WhyContext, 'read' | 'valueOf'>): string | undefined {
  if (extname(path) !== '.c') return undefined;
  const symbol = optionOf(path, read);
  return symbol !== undefined && valueOf(symbol) === 'y' && isTristate(symbol, path, read) ? symbol : undefined;
}

/**
 * The option that a source, or an object, is built by, as the makefiles beside it and above it have it.
 *
 * @param path in the tree: 'fs/xfs/xfs_super.c', or 'fs/xfs/xfs.o'
 */
export function optionOf(path: string, read: WhyContext['read']): string | undefined {
  const makefile = read(join(dirname(path), 'Kbuild')) ?? read(join(dirname(path), 'Makefile')) ?? '';
  return placeIn(basename(path).replace(/\.\w+$/, '.o'), makefile)?.symbol ?? symbolOfDirectory(path, read);
}

/** `obj-y` in a directory that an option asks for. */
function symbolOfDirectory(path: string, read: WhyContext['read']): string | undefined {
  const dir = dirname(path);
  const above = dirname(dir);
  const makefile = read(join(above, 'Kbuild')) ?? read(join(above, 'Makefile')) ?? '';
  return placeIn(`${basename(dir)}/`, makefile)?.symbol;
}

/** By the Kconfig files beside the source and above it, where a driver's option nearly always is. */
function isTristate(symbol: string, path: string, read: WhyContext['read']): boolean {
  const definition = new RegExp(`^(?:menu)?config ${symbol.slice('CONFIG_'.length)}\\n((?:[ \\t].*\\n|\\n)*)`, 'm');
  for (let dir = dirname(path); ; dir = dirname(dir)) {
    const found = definition.exec(read(join(dir, 'Kconfig')) ?? '')?.[1];
    if (found !== undefined) return /^\s+(?:def_)?tristate\b/m.test(found);
    if (dir === '.') return false;
  }
}
