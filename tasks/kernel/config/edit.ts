/** What a person does with a .config: change it in menuconfig, keep the change in a fragment. */
import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { Settings } from '../../../config/settings.ts';
import { readText, writeIfDifferent } from '../../host/files.ts';
import type { Processes } from '../../host/processes/process.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { outputDir } from '../make/call.ts';
import { generateConfig, prepareMake } from './generate.ts';
import { askedFile, copiesDir, installConfig } from './ownership.ts';
import { changesBetween, withChanges, type OptionChange } from './save.ts';
import { configFiles, fragmentsDir } from './sources.ts';
import { isComplete, parseDotConfig } from './text.ts';
import { chosenTree } from '../source/choice.ts';
import { kernelFailure } from '../reasons.ts';
import { hostFailure } from '../../host/reasons.ts';

interface EditRequest {
  readonly settings: Settings;
  readonly processes: Processes;
  readonly log?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What `--save` did. */
export interface Saved {
  /** The file that was written. */
  readonly file: string;
  readonly changes: readonly OptionChange[];
  /** Lines that a person should read: what the fragments still do not give, or that the file is not yet used. */
  readonly words: readonly string[];
}

/**
 * Writes into a fragment what the .config has and the fragments do not give.
 * The .config is then generated again to see that it comes out the same, and
 * counts as kloop's from then on.
 *
 * @param into a fragment's name or absolute path; `undefined`: KERNEL_CONFIG, or the tree's own.
 */
export async function saveConfig(request: EditRequest, into?: string): Promise<Result<Saved>> {
  const { settings } = request;
  const tree = chosenTree(settings);
  if (isFailure(tree)) return tree;
  const dotConfig = join(outputDir(settings, tree), '.config');
  const text = readText(dotConfig);
  if (isFailure(text)) return text;
  if (text === undefined) return kernelFailure({ reason: 'nothing-to-save', path: dotConfig });
  const file = into === undefined ? ownFragment(settings, dotConfig) : isAbsolute(into) ? into : join(fragmentsDir(settings), `${into}.config`);
  const old = readText(file);
  if (isFailure(old)) return old;

  const copies = copiesDir(settings.stateDir, dotConfig);
  const generate = (with_: Settings) => generateConfig({ settings: with_, tree, processes: request.processes, work: join(copies, 'work'), log: request.log, signal: request.signal });
  const given = await generate(settings);
  if (isFailure(given)) return given;
  const after = parseDotConfig(text);
  const changes = changesBetween(parseDotConfig(given.text), after, given.kconfig);
  if (changes.length === 0) return { file, changes, words: [] };
  const updated = file === settings.kernelConfig && old !== undefined && isComplete(old)
    ? text
    : withChanges(old ?? '', changes, '# Saved from .config by `npm run config -- --save`');
  const written = writeIfDifferent(file, updated);
  if (isFailure(written)) return written;

  const used = configFiles(settings).includes(file);
  const again = await generate(used ? settings : { ...settings, kernelFragments: [...settings.kernelFragments, file] });
  if (isFailure(again)) return again;
  const left = changesBetween(parseDotConfig(again.text), after, given.kconfig);
  const words = [
    ...left.map(({ option, value }) => `the fragments do not give CONFIG_${option}=${value}: a later one may override it`),
    ...(used ? [] : [`add ${file} to KERNEL_FRAGMENTS to use it`]),
  ];
  // Now the fragments give this .config, so that it is no longer one that only its editor can make.
  if (left.length === 0 && used) {
    const installed = installConfig(again.text, dotConfig, copies);
    if (isFailure(installed)) return installed;
  }
  return { file, changes, words };
}

/**
 * What is saved where no fragment is named: to KERNEL_CONFIG; in a tree of the
 * user's own, to what was asked for there, for kloop's kernel.config is for all,
 * and so of a variant, for its base is that of other builds.
 */
function ownFragment({ tree, variant, kernelConfig, projectDir, stateDir }: Settings, dotConfig: string): string {
  return variant !== undefined || (tree?.kind === 'own' && kernelConfig.startsWith(`${projectDir}/`)) ? askedFile(stateDir, dotConfig) : kernelConfig;
}

/** Where menuconfig's ncurses has its header, by distribution. (scripts/kconfig/mconf-cfg.sh asks pkg-config, then looks at such places.) */
const ncursesHeaders = ['/usr/include/ncurses.h', '/usr/include/ncursesw/ncurses.h', '/usr/include/ncurses/ncurses.h'];

/** Opens menuconfig on the .config. What is changed there counts as edited by hand. */
export async function menuConfig(request: EditRequest): Promise<Result<void>> {
  const { settings, processes, signal } = request;
  const tree = chosenTree(settings);
  if (isFailure(tree)) return tree;
  if (!ncursesHeaders.some((path) => existsSync(path))) return kernelFailure({ reason: 'menu-needs-ncurses' });
  const call = await prepareMake(settings, tree, processes);
  if (isFailure(call)) return call;
  const ended = await processes.run({ argv: [...call.argv, 'menuconfig'], cwd: call.cwd, env: call.env, interactive: true, signal });
  if (isFailure(ended) || ended.status === 0) return isFailure(ended) ? ended : undefined;
  return hostFailure({ reason: 'command-failed', doing: 'opening menuconfig', argv: [...call.argv, 'menuconfig'], status: ended.status, tail: [] });
}
