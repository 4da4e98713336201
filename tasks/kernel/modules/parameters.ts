/** The parameters of a module, as its file names them. Pure. */

const mark = Buffer.from('\0parmtype=');

/**
 * All that its sources declare, in order, those included that /sys/module never shows
 * (module_param with a mode of 0). They stand in its section .modinfo: `parmtype=max_loop:int`.
 */
export function parametersOf(module: Buffer): string[] {
  const found = new Set<string>();
  for (let at = module.indexOf(mark); at >= 0; at = module.indexOf(mark, at + 1)) {
    const text = module.toString('latin1', at + mark.length, module.indexOf(0, at + mark.length));
    const name = /^(\w+):/.exec(text)?.[1];
    if (name !== undefined) found.add(name);
  }
  return [...found];
}
