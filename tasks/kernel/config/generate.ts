/** Makes a configuration with the kernel's own tools, beside the tree's .config. */
import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Settings } from '../../../config/settings.ts';
import { fileFailure, findProgram, makeDirectories, readText, writeWhole } from '../../host/files.ts';
import type { Processes } from '../../host/processes/process.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { chooseCompiler } from '../make/choose-compiler.ts';
import { toolFixes } from '../make/compiler.ts';
import { ccacheMissing, hostFacts, makeArguments, settingsArgs, type MakeCall } from '../make/call.ts';
import { refusedInPlace } from './builds.ts';
import { lacking, missingOptions } from './needs.ts';
import { lacksHash } from './signed.ts';
import { readConfigSources, type ConfigSources } from './sources.ts';
import { isFor, mergeRequested, parseDotConfig, requestedText, type RequestedOption } from './text.ts';
import { lostLine, verify, type Verdict } from './verify.ts';
import { readKconfig, type Kconfig } from './kconfig.ts';
import { lookAtTree } from '../source/tree.ts';
import { kernelFailure } from '../reasons.ts';
import { hostFailure } from '../../host/reasons.ts';
import { withEnvironment } from '../../text/make-variables.ts';

interface GenerateRequest {
  readonly settings: Settings;
  readonly tree: string;
  readonly processes: Processes;
  /** A directory for what is made on the way. */
  readonly work: string;
  readonly log?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: (what: string) => void;
  /** Requests beside those of the files: what `--save` tries. */
  readonly more?: readonly RequestedOption[];
}

interface Generated {
  readonly text: string;
  readonly requested: readonly RequestedOption[];
  readonly verdict: Verdict;
  readonly kconfig: Kconfig;
  /** Lines that a person should read. */
  readonly words: readonly string[];
}

/** How make is called in a tree; the compiler is asked where that matters. */
export async function prepareMake(settings: Settings, tree: string, processes: Processes): Promise<Result<MakeCall>> {
  const looked = lookAtTree(tree);
  if (isFailure(looked)) return looked;
  const compiler = await chooseCompiler(settings, { tree: looked, processes });
  if (isFailure(compiler)) return compiler;
  const chosen = { ...settings, kernelCc: compiler.kernelCc };
  const fixes = await toolFixes(withEnvironment(settingsArgs(chosen), process.env), looked, processes);
  const call = makeArguments(chosen, tree, hostFacts(chosen, fixes));
  if (isFailure(call)) return call;
  return ccacheMissing(chosen) ?? refusedInPlace(settings, tree) ?? { ...call, fixes: [...compiler.words, ...call.fixes] };
}

/**
 * Merges the fragments: on top of allnoconfig by KCONFIG_ALLCONFIG, or into a
 * complete .config by olddefconfig. merge_config.sh does the same and takes
 * longer. KCONFIG_CONFIG leads the result elsewhere, so that the tree's own
 * .config is not touched.
 *
 * @returns the text, checked; or `config-lacks` where the VM cannot run with it.
 */
export async function generateConfig(request: GenerateRequest): Promise<Result<Generated>> {
  const { settings, tree, processes } = request;
  const sources = readConfigSources(settings);
  if (isFailure(sources)) return sources;
  const call = await prepareMake(settings, tree, processes);
  if (isFailure(call)) return call;
  const looked = lookAtTree(tree);
  if (isFailure(looked)) return looked;
  const forThis = sources.fragments.map((fragment) => ({ ...fragment, requested: fragment.requested.filter((one) => isFor(one, looked.version)) }));
  // A variant that starts from a person's .config gets what the VM needs: it is a copy, and theirs stays as it is.
  const needed = settings.variant === undefined || sources.base === undefined ? [] : missingOptions(parseDotConfig(sources.base.text), looked.version);
  const asked = mergeRequested([{ requested: needed, wrong: [] }, ...forThis, { requested: request.more ?? [], wrong: [] }]);
  const requested = !asked.some(({ option }) => option === signedHash.option) && lacksHash(valuesOf(sources, asked), tree) ? [...asked, signedHash] : asked;

  request.progress?.('merging the configuration');
  const text = await runKconfig(request, call, sources, requested);
  if (isFailure(text)) return text;

  request.progress?.('checking the configuration');
  const kconfig = readKconfigOf(tree);
  const values = parseDotConfig(text);
  const verdict = verify(requested, values, kconfig);
  const lacks = lacking(values, looked.version);
  if (lacks.length > 0) {
    const reasons = verdict.lost.map(lostLine);
    return kernelFailure({ reason: 'config-lacks', path: join(settings.kernelBuildDir ?? tree, '.config'), lacks: [...lacks, ...reasons], kept: false });
  }
  // Without it newer trees drop the option, and older ones fail after everything is compiled.
  const btf = values.get('DEBUG_INFO_BTF') === 'y' || requested.some((one) => one.option === 'DEBUG_INFO_BTF' && one.value === 'y');
  if (btf && findProgram('pahole') === undefined) return hostFailure({ reason: 'command-missing', doing: 'CONFIG_DEBUG_INFO_BTF', command: 'pahole' });
  return { text, requested, verdict, kconfig, words: [...call.fixes, ...call.words, ...verdict.lost.map(lostLine)] };
}

const signedHash: RequestedOption = { option: 'CRYPTO_SHA256', value: 'y', file: 'CONFIG_MODULE_SIG', line: 1 };

const valuesOf = ({ base }: ConfigSources, requested: readonly RequestedOption[]): ReadonlyMap<string, string> =>
  new Map([...parseDotConfig(base?.text ?? ''), ...requested.map(({ option, value }) => [option, value] as const)]);

/** Has the kernel's own tools make a .config, beside the tree's. */
export async function runKconfig(request: GenerateRequest, call: MakeCall, sources: ConfigSources, requested: readonly RequestedOption[]): Promise<Result<string>> {
  const out = join(request.work, 'out');
  const requestedFile = join(request.work, 'requested');
  try {
    makeDirectories(request.work);
    if (request.settings.kernelBuildDir !== undefined) makeDirectories(request.settings.kernelBuildDir);
  } catch (error) {
    return fileFailure('making a directory', request.settings.kernelBuildDir ?? request.work, error);
  }
  const start = sources.base === undefined
    ? writeWhole(requestedFile, requestedText(requested))
    : writeWhole(out, withRequested(sources.base.text, requested));
  if (isFailure(start)) return start;
  const made = await request.processes.runOk('merging the kernel configuration', {
    argv: [...call.argv, sources.base === undefined ? 'allnoconfig' : 'olddefconfig'],
    cwd: call.cwd,
    env: { ...call.env, KCONFIG_CONFIG: out, ...(sources.base === undefined ? { KCONFIG_ALLCONFIG: requestedFile } : {}) },
    log: request.log,
    signal: request.signal,
  });
  if (isFailure(made)) return made;
  const text = readText(out);
  return text ?? hostFailure({ reason: 'file-error', doing: 'merging the kernel configuration', path: out, code: 'ENOENT', message: 'no such file' });
}

/** A complete .config with the requested options instead of its own lines. */
function withRequested(base: string, requested: readonly RequestedOption[]): string {
  const requestedNames = new Set(requested.map((one) => one.option));
  const kept = base.split('\n').filter((line) => {
    const option = /^(?:# )?CONFIG_(\w+)(?:=| is not set)/.exec(line)?.[1];
    return option === undefined || !requestedNames.has(option);
  });
  return `${kept.join('\n').trimEnd()}\n${requestedText(requested)}`;
}

/** The options that a tree has, and the files that say so. Takes about half a second. */
export function readKconfigOf(tree: string): Kconfig {
  const read = (path: string) => {
    const text = readText(join(tree, path));
    return isFailure(text) ? undefined : text;
  };
  return readKconfig(read, { SRCARCH: 'x86', ARCH: 'x86', srctree: '.' });
}

/** Notes in the log what is not worth a line on the screen. */
export function logUnknown(log: string, unknown: readonly RequestedOption[]): void {
  if (unknown.length === 0) return;
  const lines = unknown.map((one) => `${one.file}:${one.line}: CONFIG_${one.option}: this kernel has no such option\n`);
  if (existsSync(log) || lines.length > 0) {
    try {
      appendFileSync(log, lines.join(''));
    } catch {
      // The log is not worth a failed run.
    }
  }
}
