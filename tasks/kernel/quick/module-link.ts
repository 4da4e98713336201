/**
 * The last link of modules of which only the code is new, by the commands that Kbuild
 * saved. make takes 40 ms to find out that there is nothing else to do.
 * (scripts/Makefile.modfinal of 6.1, 6.12, 6.18)
 */
import { join } from 'node:path';
import { stateOf } from '../../host/files.ts';
import { cmdPathOf } from '../inputs/cmd-file.ts';
import type { BuildIndex } from '../inputs/index-model.ts';
import { savedCommand } from './facts.ts';

/** How one module is linked. */
export interface ModuleLink {
  /** Below the build directory: `net/ipv4/tcp_bbr.ko`. */
  readonly module: string;
  /** What modpost may write anew, and the object of it: with another text make has to compile that. */
  readonly text: string;
  readonly object: string;
  /** The linker's command, up to the file that it makes; and what comes after that. */
  readonly command: string;
  readonly objects: string;
}

/** Above so many, make's side by side are quicker. */
const most = 4;

/** The linker alone: what follows it, where anything may follow it, is nothing on x86. (6.1, arch/x86 has no Makefile.postlink) */
const alone = /^\s*(\S+ -r (?:[^;|&<>]* )?)-o (\S+) ((?:\S+\.o ?)+?)\s*(?:;\s*true\s*)?$/;

/**
 * @param modules what they are linked from: whole paths
 * @returns `undefined` where make has to do it
 */
export function moduleLinks(modules: readonly string[], index: BuildIndex): readonly ModuleLink[] | undefined {
  if (modules.length > most) return undefined;
  const { build } = index.tree;
  const links: ModuleLink[] = [];
  for (const path of modules) {
    const stem = path.slice(build.length + 1).replace(/\.o$/, '');
    const link = linkOf(stem, savedCommand(join(build, cmdPathOf(`${stem}.ko`))));
    if (link === undefined || !link.objects.split(' ').every((name) => name === `${stem}.o` || isUpToDate(join(build, name), index))) return undefined;
    links.push(link);
  }
  return links;
}

/** Pure. @param stem the module without its ending, below the build directory; `command`: the saved one */
export function linkOf(stem: string, command: string | undefined): ModuleLink | undefined {
  const [, before, made, after] = alone.exec(command ?? '') ?? [];
  const objects = after?.trim().split(/\s+/) ?? [];
  if (before === undefined || made !== `${stem}.ko` || !objects.includes(`${stem}.o`) || !objects.includes(`${stem}.mod.o`)) return undefined;
  return { module: made, text: `${stem}.mod.c`, object: `${stem}.mod.o`, command: before.trim(), objects: objects.join(' ') };
}

/** Whether an object of modpost's text is newer than whatever it was compiled from. */
function isUpToDate(object: string, index: BuildIndex): boolean {
  const made = stateOf(object)?.mtimeMs;
  const entry = index.entries.find(({ target }) => index.files[target] === object);
  if (made === undefined || entry === undefined || entry.broken || entry.source < 0) return false;
  return [entry.source, ...entry.deps].every((file) => (stateOf(index.files[file] ?? '')?.mtimeMs ?? Infinity) <= made);
}
