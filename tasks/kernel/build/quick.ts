/** The quick build: the objects that an edit concerns, their archives, the link. make's descent into the tree is left out. */
import { existsSync, mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { readText, stateOf } from '../../host/files.ts';
import type { Processes } from '../../host/processes/process.ts';
import { isFailure, type Failure, type Result } from '../../report/failure.ts';
import type { Change } from '../inputs/changes.ts';
import { takeMade, takeRest, type Inputs } from '../inputs/snapshot.ts';
import { saveSnapshot, snapshotPath } from '../inputs/snapshot-store.ts';
import { compileCommandsPath, writeCompileCommands } from '../inputs/compile-commands.ts';
import type { BuildIndex, IndexEntry } from '../inputs/index-model.ts';
import { cmdDirs, findCmdFiles, refreshIndex, saveIndex, stampsAgain } from '../inputs/index-store.ts';
import type { LinkEnvironment } from '../quick/link-environment.ts';
import { isLinkProduct, mayBeLinked } from '../quick/link-form.ts';
import { compileVersion, link } from '../quick/link.ts';
import { planModules } from '../quick/module-plan.ts';
import { buildNumber, putNumberBack } from './build-number.ts';
import { forgetAttempt, statesOf, writeAttempt, type Attempt } from './attempt.ts';
import { linkSteps } from '../make/link-steps.ts';
import type { BuildRequest } from './make.ts';
import { stayHere } from '../make/build-hosts.ts';
import { lookAhead, readInputs, readsTheSame } from './read-inputs.ts';
import { deceived, removeHalfMade, removeUnnamedArchives } from './repair.ts';
import { failureOf, showWarnings } from '../make/run.ts';
import { doubts } from '../inputs/doubts.ts';
import { compile } from '../quick/compile.ts';
import { firstError, makeMaySucceed } from '../quick/failure.ts';
import type { Decision } from '../quick/decide.ts';
import { releaseChanged } from '../quick/release.ts';
import type { Survey } from './survey.ts';

/** What a quick build did. */
interface QuickRun {
  /** Objects that were compiled. */
  readonly objects: readonly string[];
  readonly warnings: number;
  readonly doubts: readonly string[];
}

/** It came out that only make can do it. */
interface Refused {
  readonly why: string;
}

export async function quickBuild(request: BuildRequest, known: Survey, processes: Pick<Processes, 'run'>): Promise<Result<QuickRun | Refused>> {
  const { decision, index, environment } = known;
  if (decision.kind !== 'quick' || index === undefined || environment === undefined) return { why: 'it was not requested' };
  mkdirSync(dirname(request.place.busy), { recursive: true });
  const resumed = await afterKill(request, { decision, index, attempt: known.attempt }, processes);
  if (resumed !== undefined) return resumed;
  const attempt = { startedMs: request.startedMs, by: 'quick' as const, ended: false, recipe: request.recipe, states: statesOf(known.changes) };
  const noted = writeAttempt(request.place.attempt, attempt);
  if (isFailure(noted)) return noted;
  const built = await compileAndLink(request, { decision, index, environment, suspects: known.suspects, changes: known.changes, afterAttempt: known.attempt !== undefined }, processes);
  if (isFailure(built) || 'why' in built) {
    if (request.signal.aborted) await processes.run({ argv: ['flock', request.place.busy, 'true'] });
    const held = decision.archives.flatMap((archive) => index.files[archive.target] ?? []).map(dirname);
    removeUnnamedArchives(new Set([request.tree.build, ...held]), request.startedMs);
    const ended = writeAttempt(request.place.attempt, { ...attempt, ended: true });
    return isFailure(ended) ? ended : built;
  }
  const saved = saveSnapshot(snapshotPath(request.place, 'vmlinux'), request.tree, {
    made: known.kept?.made ?? new Set(),
    snapshot: { ...built.inputs, ...built.made },
  });
  if (isFailure(saved)) return saved;
  forgetAttempt(request.place.attempt);
  return built.run;
}

/**
 * Where the last quick build was killed: waits for what it had started, and
 * removes what may be half made. Its own objects, archives and link are made
 * again by this one; anything else is for make.
 */
async function afterKill(request: BuildRequest, { decision, index, attempt }: Pick<Parts, 'decision' | 'index'> & { attempt: Attempt | undefined }, processes: Pick<Processes, 'run'>): Promise<Failure | Refused | undefined> {
  if (attempt === undefined || attempt.ended) return undefined;
  const quiet = await processes.run({ argv: ['flock', request.place.busy, 'true'], signal: request.signal });
  if (isFailure(quiet)) return quiet;
  const removed = removeHalfMade(request.tree, attempt.startedMs);
  const ours = new Set([...decision.objects.map(({ entry }) => entry), ...decision.archives].map((entry) => index.files[entry.target]));
  const other = removed.find((path) => !ours.has(path) && !isLinkProduct(path.slice(request.tree.build.length + 1)));
  if (other !== undefined) return { why: `the last build was interrupted, and left ${other} incomplete` };
  request.say(`the last build was interrupted: ${removed.length === 0 ? 'no file was left incomplete' : `files that may be incomplete (${removed.length}) are rebuilt`}`);
  return undefined;
}

interface Parts {
  readonly decision: Extract<Decision, { kind: 'quick' }>;
  readonly index: BuildIndex;
  readonly environment: LinkEnvironment;
  readonly suspects: readonly Change[];
  readonly changes: readonly Change[];
  /** The last build did not succeed: it may have left modules that are not linked yet. */
  readonly afterAttempt: boolean;
}

/** What was built, and the inputs as they were read. */
interface Built {
  readonly inputs: Inputs;
  readonly made: ReturnType<typeof takeMade>;
  readonly run: QuickRun;
}

async function compileAndLink(request: BuildRequest, parts: Parts, processes: Pick<Processes, 'run'>): Promise<Result<Built | Refused>> {
  const { tree, place, log, signal, jobs } = request;
  const { decision, index, environment } = parts;
  const config = readText(join(tree.build, '.config'));
  if (isFailure(config)) return config;
  const hasModules = (request.also ?? []).includes('modules');
  const env = { ...request.env, ...environment.exported, ...(hasModules ? { KBUILD_MODULES: environment.exported['KBUILD_BUILTIN'] ?? '1' } : {}) };
  const isStale = staleness(parts);
  const objects = decision.objects.filter(({ entry }) => isStale(entry));
  const constants = decision.constants.filter(isStale);
  // What they were before is overwritten by now.
  if (parts.afterAttempt && decision.constants.length > 0) return { why: `${index.files[decision.constants[0]?.target ?? -1] ?? ''} may be newer than the header that is made of it` };
  const few = objects.length <= availableParallelism();
  const total = constants.length + objects.length + decision.archives.length + linkSteps;
  let done = 0;
  const step = (verb: string, target: string) => request.progress({ what: `${verb} ${target}`, done: ++done, total: Math.max(done, total) });

  const number = buildNumber(tree.build);
  const reading = { before: index, startedMs: request.startedMs, made: request.made ?? new Set<string>(), configBefore: config };
  const { link: form, vmlinux } = decision;
  const entries = [...constants, ...objects.map(({ entry }) => entry), ...decision.archives];
  const ran = new Set(entries.map((entry) => index.files[entry.target] ?? ''));
  // Where a processor is left for it, and where it is known what is made: Kbuild itself may make more than it is asked for.
  const looksAhead = objects.length < Math.min(jobs, availableParallelism()) && objects.every(({ rule }) => rule.how === 'saved');
  let isArchived: () => void = () => undefined;
  const archived = new Promise<void>((resolve) => { isArchived = resolve; });
  const linkRequest = { archived: isArchived, index, objects: objects.map(({ entry }) => index.files[entry.target] ?? ''), archives: decision.archives, form, vmlinux, hasModules, jobs, config: decision.config, scriptPath: place.linkScript, env, log, busyFile: place.busy, signal, step };
  // What links modules is started beside the compiler, and waits for that: 15 ms until a shell is there.
  let begin: (yes: boolean) => void = () => undefined;
  const begins = new Promise<boolean>((resolve) => { begin = resolve; });
  const waitingLink = async () => {
    await setImmediate(); // the compiler is started before
    const plan = planModules({ index, form, vmlinux, config: decision.config, modules: parts.afterAttempt ? undefined : decision.modules });
    return plan && { linking: link({ ...linkRequest, plan, begins }, processes) };
  };
  const [compiled, release, hasVersion, early, waiting] = await Promise.all([
    compile({ index, objects, constants, env: few ? stayHere(env, availableParallelism()) : env, keeps: !few, jobs, log, busyFile: place.busy, signal, started: step }, processes),
    releaseChanged({ tree, exported: environment.exported, env, signal }, processes),
    decision.vmlinux && compileVersion({ index, env, log, busyFile: place.busy, signal, step }, processes),
    looksAhead ? lookAhead(reading, (path) => ran.has(path) || mayBeLinked(path.slice(tree.build.length + 1))) : undefined,
    waitingLink(),
  ]);
  // The version is compiled beside the objects, which counts; make counts where it comes to the link.
  if (isFailure(compiled) || compiled.kind !== 'done' || release) {
    putNumberBack(tree.build, number);
    begin(false);
    await waiting?.linking;
  }
  if (isFailure(compiled)) return compiled;
  if (compiled.kind === 'failed' && makeMaySucceed(compiled.errors)) return { why: `the quick build failed, but make may succeed: ${firstError(compiled.errors)}` };
  if (compiled.kind === 'failed') return failureOf(compiled.errors, compiled.status, request, compiled.targets);
  if (compiled.kind === 'not-understood') return { why: compiled.why };
  if (release) return { why: "the kernel's version changed" };
  begin(true);

  // While the link runs, what was read is written down; not before its script has been answered what it asks first.
  const linking = waiting?.linking ?? link({ ...linkRequest, plan: undefined, hasVersion }, processes);
  await Promise.race([archived, linking]);
  const stamps = early === undefined ? findCmdFiles(tree, cmdDirs(index)) : stampsAgain(early.stamps, entries);
  const now = await refreshIndex(tree, index, stamps);
  const saved = saveIndex(place.index, now);
  // The commands were the saved ones: a file of them that is there stays right.
  const unwritten = existsSync(compileCommandsPath(tree)) ? undefined : writeCompileCommands(now);
  if (unwritten !== undefined) request.say(unwritten);
  const asBefore = early !== undefined && readsTheSame(index, now) ? early : undefined;
  const inputs = await readInputs(reading, asBefore?.inputs, { now, startedAt: compiled.startedAt });
  const linked = await linking;
  if (isFailure(linked)) return linked;
  if (isFailure(saved)) return saved;
  if (linked === undefined) return { why: 'a saved command cannot be read' };
  if (linked.status !== 0 && makeMaySucceed(linked.errors)) return { why: `the quick link failed, but make may succeed: ${firstError(linked.errors)}` };
  if (linked.status !== 0) return failureOf(linked.errors, linked.status, request, decision.vmlinux ? ['vmlinux'] : undefined);
  const run: QuickRun = {
    objects: objects.map(({ entry }) => index.files[entry.target] ?? ''),
    warnings: showWarnings([...compiled.errors, ...linked.errors], request),
    doubts: doubts(now, inputs.absent, 'vmlinux'),
  };
  const output = join(tree.build, request.output);
  return { inputs, made: asBefore === undefined ? takeMade(now, 'vmlinux', output) : takeRest(asBefore.products, output), run };
}

/** Whether what an entry names is older than its inputs, or does not come from them. What a failed attempt has compiled is good. */
function staleness({ index, changes, suspects }: Parts): (entry: IndexEntry) => boolean {
  const wrong = new Set(deceived(index, suspects, (path) => stateOf(path)?.mtimeMs));
  const changed = new Map<string, number>();
  for (const change of changes) if (change.kind === 'edited' || change.kind === 'unsure') changed.set(change.path, change.now.mtimeMs);
  return (entry) => {
    const target = index.files[entry.target] ?? '';
    const made = stateOf(target)?.mtimeMs;
    if (made === undefined || wrong.has(target)) return true;
    for (const dep of entry.deps) if ((changed.get(index.files[dep] ?? '') ?? -Infinity) >= made) return true;
    return false;
  };
}
