/**
 * Objects that are put together from objects, so that `mptcp-y := a.o b.o`
 * becomes one mptcp.o: by `ld -r`, from 4.13 on also as a thin archive that
 * is called an object. Linux 4.20 and newer put the parts into built-in.a
 * themselves. (scripts/Makefile.build, cmd_link_multi-y) Pure.
 */

/** Whether a saved command only puts objects together into `name`. */
export function isComposite(name: string, command: string): boolean {
  const target = `(?:\\S*/)?${name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}`;
  return new RegExp(`^\\s*(?:\\S*-)?(?:\\S*/)?ld(?:\\.\\w+)? [^;|]*-r -o ${target}(?: |$)`).test(command)
    || new RegExp(`^\\s*rm -f ${target}; *\\S*ar \\w+ ${target} [^;|]*$`).test(command);
}
