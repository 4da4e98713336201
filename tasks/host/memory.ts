/** Memory: how much there is, and what is given back while nothing else is to be done. */
import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * V8 lets garbage lie until there is more to allocate, which in a process that
 * waits is never: measured after a turn of a thousand files, 167 MiB before
 * and 95 MiB after. Takes some 30 ms.
 */
export function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  // Set back: V8 takes no compiled code from a process with other flags.
  setFlagsFromString('--no-expose-gc');
  gc();
}

/** V8's flags for it, and V8's own values (Node 20 to 24). */
const small = ['--semi-space-growth-factor=1', '--heap-growing-percent=25'];
const usual = ['--semi-space-growth-factor=2', '--heap-growing-percent=0'];

/**
 * For a process that mostly waits: V8's space for new objects stays at the
 * 2 MiB that it starts with. It grows to 32 MiB otherwise, and is not given
 * back. Measured in a watch of 6.18: 142 MiB before, 107 MiB after. And garbage
 * is collected when it is a quarter of what is in use, rather than more than all
 * of it: turns that follow each other leave no time to do so in between.
 */
export function staySmall(): void {
  for (const flag of small) setFlagsFromString(flag);
  // Back to V8's own before what it has compiled is kept: that is marked with the flags.
  process.once('exit', () => { for (const flag of usual) setFlagsFromString(flag); });
}

/** What this host has for more programs: memory in bytes, processors. In a container, what that may use. */
export function hostSize(): { readonly availableBytes: number; readonly processors: number } {
  return { availableBytes: process.availableMemory(), processors: availableParallelism() };
}
