/** Reads what a quick build must know of a tree besides its index. A few small files. */
import { existsSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { textOf } from '../../host/files.ts';
import { parseCmdFile, shellCommand } from '../inputs/cmd-file.ts';
import { dependentsOf, type BuildIndex, type BuildDirs } from '../inputs/index-model.ts';
import { linkForm } from './link-form.ts';
import { isComposite } from './composite.ts';
import { isLeftover } from './leftover.ts';
import { modulesOfObjects } from './modules.ts';
import type { QuickFacts } from './decide.ts';
import { objectRule, ruleSteps } from './rules.ts';

/** `edited`: the paths of the files for which a quick build is thought of. */
export function quickFacts(index: BuildIndex, exported: Readonly<Record<string, string>>, edited: ReadonlySet<string>): QuickFacts {
  const { tree } = index;
  const autoConf = textOf(join(tree.build, 'include/config/auto.conf')) ?? '';
  const config = enabledOptions(autoConf);
  const on = new Set([...autoConf.matchAll(/^CONFIG_(\w+)=/gm)].map((match) => match[1] ?? ''));
  const rules = ['scripts/Makefile.build', 'scripts/Makefile.lib'].map((name) => textOf(join(tree.source, name)) ?? '').join('');
  const facts = { config, exported };
  const objects = dependentsOf(index, edited).map((entry) => index.files[entry.target] ?? '');
  return {
    ...facts,
    link: linkForm({
      makefile: textOf(join(tree.source, 'Makefile')) ?? '',
      hasMakefileVmlinux: existsSync(join(tree.source, 'scripts/Makefile.vmlinux')),
      vmlinuxCommand: savedCommand(join(tree.build, '.vmlinux.cmd')),
    }),
    leftovers: leftoversAmong(objects, tree, on),
    // 3.14 writes it whenever that text is newer, and compiles all its users again. (Kbuild)
    keepsConstants: /\$\(call filechk,offsets,/.test(textOf(join(tree.source, 'Kbuild')) ?? ''),
    composites: compositesAbove(index, objects),
    modular: /^CONFIG_\w+=m$/m.test(autoConf),
    inModules: config.has('MODULES') ? modulesOfObjects(tree, objects) : new Map<string, string[]>(),
    rules: { c: objectRule(ruleSteps(rules, 'cc_o_c'), facts), S: objectRule(ruleSteps(rules, 'as_o_S'), facts) },
  };
}

/** The composite objects that hold these, directly or through one another. */
function compositesAbove(index: BuildIndex, objects: readonly string[]): Set<string> {
  const found = new Set<string>();
  const untraced = index.entries.filter((entry) => entry.source < 0);
  for (let held = new Set(objects); held.size > 0;) {
    const above = dependentsOf(index, held, untraced).filter((entry) => {
      const target = index.files[entry.target] ?? '';
      return target.endsWith('.o') && !found.has(target) && isComposite(basename(target), savedCommand(entry.path) ?? '');
    });
    held = new Set(above.map((entry) => index.files[entry.target] ?? ''));
    for (const target of held) found.add(target);
  }
  return found;
}

function leftoversAmong(targets: readonly string[], tree: BuildDirs, on: ReadonlySet<string>): Set<string> {
  const makefiles = new Map<string, string>();
  return new Set(targets.filter((path) => {
    if (!path.endsWith('.o')) return false;
    const makefile = makefiles.get(dirname(path)) ?? makefileFor(tree, path);
    makefiles.set(dirname(path), makefile);
    return isLeftover(basename(path), makefile, on);
  }));
}

/** The makefile of an object's directory; Kbuild takes a file `Kbuild` first. */
function makefileFor(tree: BuildDirs, object: string): string {
  const directory = join(tree.source, relative(tree.build, dirname(object)));
  return textOf(join(directory, 'Kbuild')) || (textOf(join(directory, 'Makefile')) ?? '');
}

/** The options that are `y`, without `CONFIG_`. Pure. */
function enabledOptions(autoConf: string): Set<string> {
  return new Set([...autoConf.matchAll(/^CONFIG_(\w+)=y$/gm)].map((match) => match[1] ?? ''));
}

/** A saved command, as a shell runs it. */
export function savedCommand(path: string): string | undefined {
  const parsed = parseCmdFile(textOf(path) ?? '');
  return typeof parsed === 'string' ? undefined : shellCommand(parsed.command);
}
