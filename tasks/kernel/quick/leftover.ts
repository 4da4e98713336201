/** Objects that an earlier configuration left behind: Kbuild keeps them, and no build of today's wants them. Pure. */

/** What auto.conf has switched on. */
interface SwitchedOn {
  has(option: string): boolean;
}

/**
 * Whether a directory's makefile asks for an object only where options are set
 * that are not: `obj-$(CONFIG_X) += a.o`, `mptcp-$(CONFIG_X) += a.o`. Any other
 * mention of the object, and it counts as wanted.
 */
export function isLeftover(object: string, makefile: string, on: SwitchedOn): boolean {
  const lines = makefile.replaceAll(/\\\n/g, ' ').replaceAll(/^\s*#.*$/gm, '').split('\n');
  const mentions = lines.filter((line) => line.split(/[\s:=]+/).includes(object));
  return mentions.length > 0 && mentions.every((line) => {
    const option = /^\s*[\w-]+-\$\(CONFIG_(\w+)\)\s*[:+]?=/.exec(line)?.[1];
    return option !== undefined && !on.has(option);
  });
}
