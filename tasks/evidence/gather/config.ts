/** The configuration of the kernel that ran. */
import { basename, dirname, join } from 'node:path';
import type { Settings } from '../../../config/settings.ts';
import { placeOf } from '../../decode/decoder.ts';
import { readText, stateOf, textOf } from '../../host/files.ts';
import { copiesDir } from '../../kernel/config/ownership.ts';
import { configFiles, readConfigSources, shownPath } from '../../kernel/config/sources.ts';
import { isFor, mergeRequested } from '../../kernel/config/text.ts';
import { lookAtTree } from '../../kernel/source/tree.ts';
import { isFailure } from '../../report/failure.ts';
import { absentOptions, configDifference, differenceText, type ConfigDifference } from './config-difference.ts';
import type { Booted } from './kernel.ts';
import type { Part } from './parts.ts';
import type { Run } from './run.ts';

const config = { name: 'config', what: 'the .config' } as const;
const difference = { name: 'config-difference.txt', what: 'what .config has that the fragments do not give' } as const;

interface ConfigFound {
  readonly difference: ConfigDifference | undefined;
  readonly parts: readonly Part[];
}

export async function configFound(settings: Settings, booted: Booted, run: Run): Promise<ConfigFound> {
  const place = placeOf(settings, booted);
  const path = place === undefined ? besideInstalled(booted.image) : join(place.build, '.config');
  const text = path === undefined ? undefined : readText(path);
  const none = (why: string): ConfigFound => ({ difference: undefined, parts: [{ ...config, why }, { ...difference, why }] });
  if (isFailure(text)) return none(text.words.what);
  if (path === undefined || text === undefined) return none(booted.foreign ? 'the kernel was given by --kernel, and there is none beside it' : 'it is not there any more');
  const later = (stateOf(path)?.mtimeMs ?? 0) > (booted.state?.mtimeMs ?? Infinity);
  const kept: Part = { ...config, data: text, leftOut: later ? 'it was written after the kernel was built' : undefined };
  if (booted.foreign) return { difference: undefined, parts: [kept, { ...difference, why: 'the kernel was given by --kernel: the fragments are not its' }] };
  const found = place === undefined ? undefined : await differenceFrom(settings, { path, text, tree: place.tree, run });
  if (found === undefined || isFailure(found)) return { difference: undefined, parts: [kept, { ...difference, why: found?.words.what ?? 'its tree is not known' }] };
  return { difference: found.difference, parts: [kept, { ...difference, data: found.text }] };
}

async function differenceFrom(settings: Settings, { path, text, tree, run }: { readonly path: string; readonly text: string; readonly tree: string; readonly run: Run }) {
  const sources = readConfigSources(settings);
  if (isFailure(sources)) return sources;
  const looked = lookAtTree(tree);
  if (isFailure(looked)) return looked;
  const requested = mergeRequested(sources.fragments.map((fragment) => ({ ...fragment, requested: fragment.requested.filter((one) => isFor(one, looked.version)) })));
  const facts = {
    text, requested, fragments: configFiles(settings).map((file) => shownPath(settings, file)),
    base: sources.base === undefined ? undefined : { name: shownPath(settings, sources.base.path), text: sources.base.text },
    known: await knownOf(absentOptions({ text, requested }), tree, run),
    generated: textOf(join(copiesDir(settings.stateDir, path), 'generated')),
  };
  const made = configDifference(facts);
  return { difference: made, text: differenceText(facts, made) };
}

/** Those of the options that the tree's Kconfig files define; all where they could not be asked. */
async function knownOf(options: readonly string[], tree: string, run: Run): Promise<ReadonlySet<string>> {
  if (options.length === 0) return new Set();
  const ran = await run({
    argv: ['grep', '-rhE', '--include=Kconfig*', '--exclude-dir=.git', `^[[:space:]]*(menu)?config[[:space:]]+(${options.join('|')})[[:space:]]*$`, '.'], cwd: tree, env: { LC_ALL: 'C' },
  });
  // 1: no line matches.
  if (isFailure(ran) || (ran.status !== 0 && ran.status !== 1)) return new Set(options);
  return new Set(ran.stdout.split('\n').map((line) => line.trim().split(/\s+/)[1] ?? ''));
}

/** `config-RELEASE` beside `vmlinuz-RELEASE`, as distributions have it. */
function besideInstalled(image: string): string | undefined {
  const release = /^vmlinuz-(.+)$/.exec(basename(image))?.[1];
  return release === undefined ? undefined : join(dirname(image), `config-${release}`);
}
