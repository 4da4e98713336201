/** watch --module-as-loadable: what is built in becomes a module, in the .config, before anything is built. */
import { readdirSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { Call, OptionSpec } from '../../cli/spec.ts';
import { textOf } from '../../host/files.ts';
import { hostFailure } from '../../host/reasons.ts';
import { readKconfigOf } from '../../kernel/config/generate.ts';
import { parseSetting } from '../../kernel/config/request.ts';
import type { RequestedOption } from '../../kernel/config/text.ts';
import { outputDir } from '../../kernel/make/call.ts';
import { listedModules } from '../../kernel/modules/listed.ts';
import { chosenTree } from '../../kernel/source/choice.ts';
import { isFailure, type Failure, type Result } from '../../report/failure.ts';
import { loadable, type LoadableContext } from '../../watch/files/loadable.ts';
import { whyContext } from '../../watch/files/recent.ts';
import type { Context } from '../shared/context.ts';

const flag = '--module-as-loadable';

export const loadableOption: OptionSpec = {
  flags: `${flag} <what>`, summary: 'set what is built in to =m: CONFIG_X or a path', repeats: true, completes: 'file',
};

/** Sets what is named to `=m`, as --set does. @returns a failure where it cannot be a module, or where no kernel is built */
export async function makeLoadable(call: Call, context: Context): Promise<Failure | undefined> {
  const named = (call.options['moduleAsLoadable'] ?? []) as readonly string[];
  if (named.length === 0) return undefined;
  if (call.options['kernel'] !== undefined) return hostFailure({ reason: 'bad-usage', wrong: `${flag} is for the kernel that is built, and --kernel boots another`, fix: ['npm run watch -- --help'] });
  const packages = { install: call.options['install'] === true, retry: 'npm run watch -- --install' };
  const ready = await context.bringUp(['config'], packages);
  if (isFailure(ready)) return ready;
  const options = requested(named, context);
  if (isFailure(options)) return options;
  const set = await context.bringUp(['config'], { ...packages, asked: { options, whole: undefined, addMissing: false } });
  return isFailure(set) ? set : undefined;
}

function requested(named: readonly string[], { settings, cwd }: Context): Result<RequestedOption[]> {
  const tree = chosenTree(settings);
  if (isFailure(tree)) return tree;
  const inTree = lookInto(tree, outputDir(settings, tree));
  const found: RequestedOption[] = [];
  for (const what of named) {
    const below = relative(tree, resolve(cwd, what));
    const isHere = below !== '' && !below.startsWith('..') && inTree.sourcesAt(below) !== undefined;
    const one = loadable(isHere ? below : what, inTree);
    if ('wrong' in one) return hostFailure({ reason: 'bad-usage', wrong: `${flag}: ${one.wrong}`, fix: ['npm run watch -- --help'] });
    // Of a directory's options some may be selected by what is built in: a line says so of each.
    for (const option of one.options) found.push(...setting(`${option}=m`).map((set) => (one.each ? { ...set, file: flag } : set)));
  }
  const needed = ['CONFIG_MODULES', 'CONFIG_MODULE_UNLOAD'].filter((option) => inTree.valueOf(option) !== 'y');
  return [...needed.flatMap((option) => setting(`${option}=y`)), ...found];
}

function setting(text: string): RequestedOption[] {
  const parsed = parseSetting(text);
  return 'value' in parsed ? [parsed.value] : [];
}

function lookInto(tree: string, buildDir: string): LoadableContext & Pick<ReturnType<typeof whyContext>, 'valueOf'> {
  const { options } = readKconfigOf(tree);
  const listed = ['modules.builtin', 'modules.order'].map((name) => textOf(join(buildDir, name)) ?? '').join('\n');
  return {
    ...whyContext({ tree, buildDir }),
    isTristate: (symbol) => options.get(symbol.slice('CONFIG_'.length))?.some(({ type }) => type === 'tristate'),
    modules: listedModules(listed, () => false),
    sourcesAt: (path) => {
      const state = statSync(join(tree, path), { throwIfNoEntry: false });
      if (state?.isDirectory() !== true) return state === undefined ? undefined : [path];
      return readdirSync(join(tree, path), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.c')).map((name) => join(path, name));
    },
  };
}
