/** Carries out what a person asks of a .config (request.ts). Nothing is written unless all of it is as asked. */
import { utimesSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Settings } from '../../../config/settings.ts';
import { fileFailure, readText, writeWhole } from '../../host/files.ts';
import type { Processes } from '../../host/processes/process.ts';
import { isFailure, type Failure, type Result } from '../../report/failure.ts';
import { nearest } from '../../text/nearest.ts';
import { kernelFailure } from '../reasons.ts';
import { lookAtTree } from '../source/tree.ts';
import { prepareMake, readKconfigOf, runKconfig } from './generate.ts';
import type { Kconfig } from './kconfig.ts';
import { missingOptions } from './needs.ts';
import { isBySet, keptText, quoted, wantedOf, type ConfigRequest } from './request.ts';
import { foreignArchitecture, parseDotConfig, type RequestedOption, type Value } from './text.ts';
import { lostLine, verify, type Verdict } from './verify.ts';

interface ApplyRequest {
  readonly settings: Settings;
  readonly tree: string;
  readonly processes: Processes;
  /** A directory for what is made on the way. */
  readonly work: string;
  readonly log: string;
  readonly signal: AbortSignal;
}

/** A .config with what was asked for; lines that a person should read. */
interface Applied {
  readonly text: string;
  readonly words: readonly string[];
}

/**
 * A .config of the user's own with what is asked for in it, and otherwise as it is.
 *
 * @returns its text; `request-lost` where an option of --set did not come out as asked.
 */
export async function applyToOwn(asked: ConfigRequest, own: string, { settings, tree, processes, ...work }: ApplyRequest): Promise<Result<Applied>> {
  const foreign = asked.whole === undefined ? undefined : foreignArchitecture(asked.whole.text);
  if (asked.whole !== undefined && foreign !== undefined) return kernelFailure({ reason: 'wrong-architecture', path: asked.whole.path, architecture: foreign });
  const looked = lookAtTree(tree);
  if (isFailure(looked)) return looked;
  const call = await prepareMake(settings, tree, processes);
  if (isFailure(call)) return call;
  const kconfig = readKconfigOf(tree);
  const base = asked.whole?.text ?? own;
  const missing = asked.addMissing ? missingOptions(parseDotConfig(base), looked.version) : [];
  const wanted = requestedIn(tree, asked, kconfig);
  if (isFailure(wanted)) return wanted;
  const requested = [...missing, ...wanted];
  const text = await runKconfig({ settings, tree, processes, ...work }, call, { base: { path: '.config', text: base }, fragments: [] }, requested);
  if (isFailure(text)) return text;
  const verdict = verify(requested, parseDotConfig(text), kconfig);
  return lostBySet(verdict, kconfig) ?? { text, words: verdict.lost.filter((one) => !missing.includes(one.request)).map(lostLine) };
}

/** What is asked for in this tree, as Kconfig writes it. */
export function requestedIn(tree: string, asked: ConfigRequest, kconfig = readKconfigOf(tree)): Result<RequestedOption[]> {
  const looked = lookAtTree(tree);
  return isFailure(looked) ? looked : quoted(wantedOf(asked.options, looked.version), kconfig);
}

/** @returns `request-lost`, where what a person typed for one option did not come out as asked */
export function lostBySet({ lost, unknown }: Verdict, kconfig: Kconfig): Failure | undefined {
  const all: { option: string; value: Value; why: string }[] = [
    ...lost.filter(({ request }) => isBySet(request)).map(({ request, why }) => ({ option: request.option, value: request.value, why })),
    ...unknown.filter(isBySet).map(({ option, value }) => {
      const meant = nearest(option, [...kconfig.options.keys()]);
      return { option, value, why: `this kernel has no such option${meant === undefined ? '' : `. Did you mean CONFIG_${meant}?`}` };
    }),
  ];
  return all.length === 0 ? undefined : kernelFailure({ reason: 'request-lost', lost: all });
}

/**
 * Keeps options for a .config that kloop generates: it is made from them, too, from now on.
 *
 * @param startedMs when the run began that has just made it with them: the file must not seem newer
 */
export function keepAsked(path: string, options: readonly RequestedOption[], startedMs: number): Result<void> {
  const before = readText(path);
  if (isFailure(before)) return before;
  const text = keptText(before ?? '', options);
  if (isFailure(text)) return text;
  const written = writeWhole(path, text);
  if (isFailure(written)) return written;
  try {
    utimesSync(path, (startedMs - 1) / 1000, (startedMs - 1) / 1000);
  } catch (error) {
    return fileFailure('writing a file', path, error);
  }
}

/** Before another text is put in the place of the user's own .config: it stays as `.config.old`, as Kconfig's own tools leave it. */
export function keepOld(dotConfig: string, own: string | undefined, text: string): Result<void> {
  return own === undefined || own === text ? undefined : writeWhole(join(dirname(dotConfig), '.config.old'), own);
}
