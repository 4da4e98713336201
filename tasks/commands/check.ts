import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { askedWords, parseAsked, type Asked } from '../checks/asked.ts';
import { asJson, asJunit, asTap } from '../checks/formats.ts';
import { testsAbout, type AskedFor } from '../checks/find/about.ts';
import { changedFiles } from '../checks/find/changed.ts';
import { compare, kept } from '../checks/history.ts';
import { statusOf, type Outcome } from '../checks/outcome.ts';
import { checkFailure } from '../checks/reasons.ts';
import { changeLines, summary } from '../checks/run/words.ts';
import { keepRun, newRun, pastRuns } from '../checks/run/store.ts';
import { kernelName, runTests } from '../checks/run/run.ts';
import { showRun } from '../checks/run/show.ts';
import { finish } from '../cli/finish.ts';
import type { Call } from '../cli/spec.ts';
import { unexpected } from '../console/known.ts';
import { hostFailure } from '../host/reasons.ts';
import { isFailure, type Result } from '../report/failure.ts';
import { sourceTree } from '../targets/selftests/wanted.ts';
import { prepareCheck, type PreparedCheck } from './check-prepare.ts';
import type { Command } from './shared/command.ts';
import type { Context } from './shared/context.ts';
import { withKernelFound } from './shared/named-kernel.ts';
import { installOption } from './shared/target-command.ts';
import { vmOptions } from './shared/vm-options.ts';

/** Those of a VM's options that tests have a use for. */
const forCheck = /^(?:--kvm|--kernel|--bridge|--net|--mem|--cpus|--kopts|--rw-dirs|--pass-env|-v,)(?: |$)/;

export const check: Command = {
  name: 'check',
  summary: "Run the kernel's own tests, or yours, in the kernel just built.",
  operands: [{ name: 'test', summary: 'COLLECTION or COLLECTION:PROGRAM of kselftest; kunit or kunit:SUITE*; ./program (default: CHECKS, or what the change is about)', several: true }],
  guestCommand: 'arguments of the one program that is named',
  options: [
    { flags: '--list', summary: 'show what would be run and why; run nothing' },
    { flags: '--repeat <number>', summary: 'run all so many times' },
    { flags: '--until-fail', summary: 'repeat until something fails' },
    { flags: '--fresh', summary: 'boot for each test, instead of once for all' },
    { flags: '--timeout <time>', summary: "time limit of each test, instead of the collection's: 30s, 5m", setting: { key: 'VM_TIMEOUT' } },
    { flags: '--tap', summary: 'print TAP' },
    { flags: '--json', summary: 'print JSON' },
    { flags: '--junit <file>', summary: "write JUnit's XML", completes: 'file' },
    ...vmOptions.filter((option) => forCheck.test(option.flags)),
    installOption,
  ],
  examples: [
    ['check', 'what the change is about'],
    ['check -- net/mptcp', 'all tests of a kselftest collection'],
    ['check -- net/mptcp:mptcp_join.sh -- -C 10', 'one of them, with arguments'],
    ["check -- 'kunit:mptcp*' ./repro.sh", 'KUnit suites, and a program of yours'],
  ],
  async run(typed, context) {
    const call = withKernelFound(typed, context.cwd);
    if (isFailure(call)) return finish(call);
    if (context.settings.vmRunner === 'vido') context.say("check always uses kloop's own launcher: VM_RUNNER=vido only works with `vm`");
    const rounds = roundsOf(call);
    if (isFailure(rounds)) return finish(rounds);
    const asked = await whatIsAsked(call, context);
    if (isFailure(asked)) return finish(asked);
    if (call.options['list'] === true) {
      process.stdout.write(call.options['json'] === true
        ? `${JSON.stringify(asked.map((one) => ({ test: askedWords(one.asked), why: one.why })), null, 2)}\n`
        : asked.map((one) => `${askedWords(one.asked)}: ${one.why}\n`).join(''));
      return 0;
    }
    if (call.operands.length === 0) for (const one of asked) context.say(`${askedWords(one.asked)}: ${one.why}`);
    const prepared = await prepareCheck(asked.map((one) => one.asked), call, context);
    if (isFailure(prepared)) return finish(prepared);
    const outcomes = await runPrepared(prepared, { call, context, rounds });
    await prepared.release();
    return isFailure(outcomes) ? finish(outcomes) : statusOf(outcomes);
  },
};

/** What is named; else the setting; else what the change is about. */
async function whatIsAsked(call: Call, context: Context): Promise<Result<AskedFor[]>> {
  const { checks } = context.settings;
  const because = (asked: Result<Asked[]>, why: string): Result<AskedFor[]> => (isFailure(asked) ? asked : asked.map((one) => ({ asked: one, why })));
  if (call.operands.length > 0) return because(parseAsked(call.operands, call.guestCommand), 'named');
  if (checks.length > 0 || call.guestCommand.length > 0) return because(parseAsked(checks, call.guestCommand), 'CHECKS names it');
  const tree = await sourceTree(context.settings, (goals) => context.bringUp(goals));
  if (isFailure(tree)) return tree;
  const changed = await changedFiles(tree, context.processes);
  return isFailure(changed) ? changed : testsAbout(tree, changed.files);
}

/** How often all is run; for --until-fail without a number, until then. */
function roundsOf(call: Call): Result<number> {
  const given = call.options['repeat'] as string | undefined;
  const untilFail = call.options['untilFail'] === true;
  if (given === undefined) return untilFail ? Number.POSITIVE_INFINITY : 1;
  const rounds = Number(given);
  if (Number.isInteger(rounds) && rounds >= 1) return rounds;
  return hostFailure({ reason: 'bad-usage', wrong: `--repeat takes a whole number from 1, not '${given}'`, fix: ['npm run check -- --repeat 10 net/mptcp'] });
}

interface Running {
  readonly call: Call;
  readonly context: Context;
  readonly rounds: number;
}

async function runPrepared(prepared: PreparedCheck, { call, context, rounds }: Running): Promise<Result<Outcome[]>> {
  const { stateDir } = context.settings;
  const startedMs = Date.now();
  const past = pastRuns(stateDir);
  const dir = newRun(stateDir, startedMs);
  if (isFailure(dir)) return dir;
  const verbose = prepared.request.verbose;
  const show = await showRun({ quiet: context.quiet, stderr: process.stderr, say: context.say, plain: verbose });
  const outcomes = await runTests({
    request: prepared.request, stateDir, env: process.env, signal: context.signal, say: context.say,
    onConsole: verbose ? (chunk) => process.stderr.write(chunk) : undefined,
    fresh: call.options['fresh'] === true, rounds, untilFail: call.options['untilFail'] === true,
    kunit: prepared.kunit, outputDir: dir, jobs: prepared.jobs,
    unexpected: (complaints) => unexpected(complaints, context.settings.knownSplats),
    events: show,
  });
  await show.end();
  if (isFailure(outcomes)) return outcomes;
  const run = { startedMs, kernel: kernelName(prepared.request.kernel), tests: outcomes.map(kept) };
  const changes = compare(past, run);
  context.say(summary(outcomes, Date.now() - startedMs));
  for (const line of changeLines(changes)) context.say(line);
  const written = keepRun(dir, run);
  if (isFailure(written)) context.say(`the results are not kept: ${written.words.what}`);
  if (call.options['tap'] === true) process.stdout.write(asTap(outcomes));
  if (call.options['json'] === true) process.stdout.write(asJson(outcomes, changes));
  const report = writeJunit(call, context, outcomes);
  return isFailure(report) ? report : outcomes;
}

function writeJunit(call: Call, context: Context, outcomes: readonly Outcome[]): Result<void> {
  const file = call.options['junit'];
  if (typeof file !== 'string') return undefined;
  const path = resolve(context.cwd, file);
  try {
    writeFileSync(path, asJunit(outcomes));
  } catch (error) {
    return checkFailure({ reason: 'report-unwritten', path, message: error instanceof Error ? error.message : String(error) });
  }
}
