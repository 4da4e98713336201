/** Two builds of one kernel, with debug information and without: what makes them the same, and whether their code is. Pure. */
import { sections } from './elf-compare.ts';

/** Where a kernel's functions are: `.text`, `.init.text`, `.noinstr.text`, … */
const isCode = (name: string) => name.endsWith('text');

/** In words, where the code of another build is not this one's; empty where all of it is. */
export function codeDifferences(kernel: Buffer, other: Buffer): string[] {
  const theirs = new Map(sections(other).map(({ name, content }) => [name, content]));
  const code = sections(kernel).filter(({ name }) => isCode(name));
  if (code.length === 0) return ['the kernel has no code that can be read'];
  return code.flatMap(({ name, content }) => {
    const there = theirs.get(name);
    if (there === undefined) return [`${name} is missing`];
    return content.equals(there) ? [] : [`${name}: ${content.length} and ${there.length} bytes`];
  });
}

export const hasDebugInfo = (kernel: Buffer): boolean => sections(kernel).some(({ name, content }) => name === '.debug_info' && content.length > 0);

/**
 * What a build noted of itself, for one that is to note the same: a text that
 * is longer moves what comes after it.
 *
 * @param noted `include/generated/compile.h`, and `utsversion.h`, which it was a part of before 6.1
 * @returns make's environment
 */
export function sameBuildNotes(noted: string): Record<string, string> {
  const value = (name: string) => new RegExp(`^#define ${name}\\s+"(.*)"`, 'm').exec(noted)?.[1];
  // '#12 SMP PREEMPT_DYNAMIC Mon Nov 23 11:12:07 UTC 2026'
  const [, number, date] = /^#(\S+)(?: (?:SMP|PREEMPT\w*))* (.+)$/.exec(value('UTS_VERSION') ?? '') ?? [];
  const found = { KBUILD_BUILD_VERSION: number, KBUILD_BUILD_TIMESTAMP: date, KBUILD_BUILD_USER: value('LINUX_COMPILE_BY'), KBUILD_BUILD_HOST: value('LINUX_COMPILE_HOST') };
  return Object.fromEntries(Object.entries(found).flatMap(([name, text]) => (text === undefined ? [] : [[name, text]])));
}
