/** The places in the kernel's code that a line of a report names. Pure. */
import type { Frame } from './splat.ts';

// "%pB", "%pS": name+0xoffset/0xsize [module], with a build id after the module
// under STACKTRACE_BUILD_ID (__sprint_symbol, kernel/kallsyms.c). Up to 4.9 the
// address comes before it: "[<ffffffff8104e20d>] ? name+…".
const place = /(\? )?(?:\[<[0-9a-f]+>\] )?(\? )?\b([A-Za-z_.$][\w.$]*)\+0x([0-9a-f]+)\/0x([0-9a-f]+)(?: \[([\w-]+)(?: [0-9a-f]+)?\])?/;

/** The line is a trace's own: nothing on it but the place, its address, and where the stack changes (<IRQ>). */
const traceLine = /^\s*(?:<\/?[\w!#]+>\s*)?(?:\[<[0-9a-f]+>\] )?(?:\? )?[A-Za-z_.$][\w.$]*\+0x[0-9a-f]+\/0x[0-9a-f]+(?: \[[\w-]+(?: [0-9a-f]+)?\])?(?: *\([A-Z]+\))?\s*$/;
const trapped = /^(?:[RE]?IP:? |[RE]IP: |PC is at |WARNING: )/;

/** @param index of the line in its report */
export function frameOf(text: string, index: number): Frame | undefined {
  if (!text.includes('+0x')) return undefined;
  const match = place.exec(text);
  if (match === null) return undefined;
  const [, before, after, name, offset, size, module] = match;
  if (name === undefined) return undefined;
  return {
    line: index, function: name,
    offset: Number.parseInt(offset ?? '0', 16), size: Number.parseInt(size ?? '0', 16),
    ...(module === undefined ? {} : { module }),
    certain: before === undefined && after === undefined,
    exact: trapped.test(text),
  };
}

export const isTraceLine = (text: string): boolean => text.includes('+0x') && traceLine.test(text);
