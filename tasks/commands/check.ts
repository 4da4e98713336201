import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { askedWords } from '../checks/asked.ts';
import type { AskedFor } from '../checks/find/about.ts';
import { vmsAtOnce } from '../checks/at-once.ts';
import { asJson, asJunit, asTap } from '../checks/formats.ts';
import { statusOf, type Outcome } from '../checks/outcome.ts';
import { checkFailure } from '../checks/reasons.ts';
import { reportPage } from '../checks/report/gather.ts';
import { makeLanes } from '../checks/run/lane.ts';
import { keptRun, type KeptRun } from '../checks/run/kept-run.ts';
import { kernelName } from '../checks/run/run.ts';
import { showRun } from '../checks/run/show.ts';
import { changeLines, summary } from '../checks/run/words.ts';
import { finish } from '../cli/finish.ts';
import type { Call } from '../cli/spec.ts';
import { unexpected } from '../console/known.ts';
import { splatWords } from '../console/words.ts';
import type { Decoded } from '../console/annotate.ts';
import { makeDecoder, type Ran } from '../decode/decoder.ts';
import { bootedNow, openKernel } from '../evidence/gather/kernel.ts';
import { keepEvidence } from '../evidence/keep.ts';
import type { Incident } from '../evidence/incident.ts';
import { FailedTests } from '../evidence/of-check.ts';
import { hostSize } from '../host/memory.ts';
import { hostFailure } from '../host/reasons.ts';
import { isFailure, type Failure, type Result } from '../report/failure.ts';
import { bringUpVm } from '../targets/goals.ts';
import { planCheck, whatIsAsked, type CheckPlan } from './check/plan.ts';
import { bootable, type Bootable } from './shared/bootable.ts';
import type { Command } from './shared/command.ts';
import type { Context } from './shared/context.ts';
import { withKernelFound } from './shared/named-kernel.ts';
import { installOption } from './shared/target-command.ts';
import { variantOption } from './shared/variant-option.ts';
import { vmOptionsOf } from './shared/vm-options.ts';

export const check: Command = {
  name: 'check',
  summary: "Run the kernel's own tests, or yours, in the kernel just built.",
  operands: [{ name: 'test', summary: 'COLLECTION or COLLECTION:PROGRAM of kselftest; kunit or kunit:SUITE*; ./program (default: CHECKS, or the tests for what you changed)', several: true }],
  guestCommand: 'arguments of the one program that is named',
  options: [
    { flags: '--list', summary: 'show what would be run and why; run nothing' },
    { flags: '--repeat <number>', summary: 'run all tests this many times' },
    { flags: '--until-fail', summary: 'repeat until something fails' },
    { flags: '--fresh', summary: 'boot for each test, instead of once for all' },
    { flags: '--vms <number>', summary: 'run tests in this many VMs at once' },
    { flags: '--timeout <time>', summary: "time limit of each test, instead of the collection's: 30s, 5m", setting: { key: 'VM_TIMEOUT' } },
    { flags: '--tap', summary: 'print TAP' },
    { flags: '--json', summary: 'print JSON' },
    { flags: '--junit <file>', summary: "write JUnit's XML", completes: 'file' },
    { flags: '--report <file>', summary: 'write an HTML page of the last 50 runs', completes: 'file' },
    ...vmOptionsOf('check'),
    variantOption,
    installOption,
  ],
  examples: [
    ['check', 'the tests for what you changed'],
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
    const vms = numberOf(call, 'vms');
    if (isFailure(vms)) return finish(vms);
    const asked = await whatIsAsked(call.operands, call, 'check', context);
    if (isFailure(asked)) return finish(asked);
    if (call.options['list'] === true) {
      process.stdout.write(call.options['json'] === true
        ? `${JSON.stringify(asked.map((one) => ({ test: askedWords(one.asked), why: one.why })), null, 2)}\n`
        : asked.map((one) => `${askedWords(one.asked)}: ${one.why}\n`).join(''));
      return 0;
    }
    if (call.operands.length === 0) for (const one of asked) context.say(`${askedWords(one.asked)}: ${one.why}`);
    const plan = await planCheck(asked.map((one) => one.asked), call, 'check', context);
    if (isFailure(plan)) return finish(plan);
    const up = await bringUpPlan(plan, context);
    if (isFailure(up)) return finish(up);
    const seen: Seen = { failed: new FailedTests() };
    const outcomes = await inVms(plan, vms ?? 1, context, (machines) => runPlan(plan, machines, { call, context, rounds, seen }));
    const status = isFailure(outcomes) ? finish(outcomes) : statusOf(outcomes);
    await keepOf(seen, isFailure(outcomes) ? outcomes : undefined, { context, asked });
    return status;
  },
};

/** How often all is run; for --until-fail without a number, until then. */
function roundsOf(call: Call): Result<number> {
  const rounds = numberOf(call, 'repeat');
  return rounds ?? (call.options['untilFail'] === true ? Number.POSITIVE_INFINITY : 1);
}

function numberOf(call: Call, option: 'repeat' | 'vms'): Result<number | undefined> {
  const given = call.options[option] as string | undefined;
  const number = Number(given);
  if (given === undefined || (Number.isInteger(number) && number >= 1)) return given === undefined ? undefined : number;
  return hostFailure({ reason: 'bad-usage', wrong: `--${option} takes a whole number from 1, not '${given}'`, fix: [`npm run check -- --${option} 2 net/mptcp`] });
}

async function bringUpPlan(plan: CheckPlan, context: Context): Promise<Result<unknown>> {
  const { settings } = context;
  const { nics, kernel } = plan.vm;
  return bringUpVm(settings, {
    needs: { ownKernel: kernel !== undefined, bridge: nics.includes(settings.bridgeName) },
    say: context.say,
    bringUp: (goals) => context.bringUp([...goals, ...plan.goals], { ...plan.targets, retry: 'npm run check -- --install' }),
  });
}

/** The VMs that tests are run in: as many as were asked for, or as the host has room for, and no more than there are tests. */
async function inVms<T>(plan: CheckPlan, asked: number, context: Context, run: (machines: readonly Bootable[]) => Promise<Result<T>>): Promise<Result<T>> {
  const jobs = plan.jobs('kvm');
  if (isFailure(jobs)) return jobs;
  const { vms, why } = vmsAtOnce(asked, plan.vm, hostSize());
  if (why !== undefined) context.say(why);
  const machines: Bootable[] = [];
  try {
    for (let i = 0; i < Math.max(1, Math.min(vms, jobs.length)); i++) {
      const name = i === 0 ? plan.vm.name : `${plan.vm.name.slice(0, 28)}-${i + 1}`;
      const ready = await bootable({ ...plan.vm, name }, context, { by: 'kloop check' });
      if (isFailure(ready)) return ready;
      machines.push(ready);
    }
    return await run(machines);
  } finally {
    for (const machine of machines) await machine.release();
  }
}

interface Running {
  readonly call: Call;
  readonly context: Context;
  readonly rounds: number;
  readonly seen: Seen;
}

/** What a run leaves, for evidence. */
interface Seen {
  readonly failed: FailedTests;
  /** The first of the VMs, and what they booted; absent where none was. */
  vm?: Pick<Incident, 'request' | 'booted'>;
  /** Absent where there was nothing to decode. */
  decoded?: Decoded;
}

async function runPlan(plan: CheckPlan, machines: readonly Bootable[], { call, context, rounds, seen }: Running): Promise<Result<readonly Outcome[]>> {
  const { settings, signal, say } = context;
  const [first] = machines;
  const { verbose, bootTimeoutMs, kernel } = first?.request ?? { verbose: false, bootTimeoutMs: 0, kernel: '' };
  const image: Ran = { image: kernel, foreign: plan.vm.kernel !== undefined };
  if (first !== undefined) seen.vm = { request: first.request, booted: bootedNow(image) };
  const lanes = await makeLanes(machines.map(({ request }) => request), {
    stateDir: settings.stateDir, env: process.env, say, onConsole: verbose ? (chunk) => process.stderr.write(chunk) : undefined,
  });
  if (isFailure(lanes)) return lanes;
  const jobs = plan.jobs(lanes[0]?.accel ?? 'tcg');
  if (isFailure(jobs)) return jobs;
  const show = await showRun({ quiet: context.quiet, stderr: process.stderr, say, plain: verbose });
  const ran = await keptRun(lanes, {
    stateDir: settings.stateDir, kernel: kernelName(kernel), source: plan.source(), signal, say, bootTimeoutMs,
    fresh: call.options['fresh'] === true, rounds, untilFail: call.options['untilFail'] === true,
    kunit: plan.kunit, jobs, unexpected: (complaints) => unexpected(complaints, settings.knownSplats),
    events: {
      ...show,
      ended: (outcome, where) => {
        seen.failed.ended(outcome, where);
        show.ended(outcome, where);
      },
    },
  });
  await Promise.all(lanes.map((lane) => lane.stop()));
  await show.end();
  if (isFailure(ran)) return ran;
  say(summary(ran.outcomes, ran.tookMs));
  for (const line of changeLines(ran.changes)) say(line);
  await tellSplats(ran, { image, context, seen });
  if (call.options['tap'] === true) process.stdout.write(asTap(ran.outcomes));
  if (call.options['json'] === true) process.stdout.write(asJson(ran.outcomes, ran.changes));
  const unwritten = writeReport(call, context, 'junit', () => asJunit(ran.outcomes)) ?? writeReport(call, context, 'report', () => reportPage(settings.stateDir));
  return unwritten ?? ran.outcomes;
}

/** The kernel's reports, when their frames have their lines: with these they are kept, too. */
async function tellSplats(ran: KeptRun, { image, context, seen }: { readonly image: Ran; readonly context: Context; readonly seen: Seen }): Promise<void> {
  const splats = ran.outcomes.flatMap(({ complaints }) => complaints);
  if (splats.length === 0) return;
  const decoded = await makeDecoder(context.settings, context.processes)(splats, image, context.signal);
  ran.decoded(decoded);
  seen.decoded = decoded;
  process.stderr.write(splatWords(splats, decoded));
}

async function keepOf({ failed, vm, decoded: known }: Seen, ended: Failure | undefined, { context, asked }: { readonly context: Context; readonly asked: readonly AskedFor[] }): Promise<void> {
  const found = failed.found(ended);
  if (found === undefined || vm === undefined) return;
  const { settings, processes, signal } = context;
  const opened = openKernel(settings, vm.booted);
  const decoded = known ?? await makeDecoder(settings, processes)(found.splats, vm.booted, signal);
  await keepEvidence({
    ...found, ...vm, opened, decoded, by: 'check', atMs: Date.now(), typed: process.argv.slice(2), command: asked.map((one) => askedWords(one.asked)).join(' '),
  }, context);
}

function writeReport(call: Call, context: Context, option: 'junit' | 'report', text: () => string): Result<void> {
  const file = call.options[option];
  if (typeof file !== 'string') return undefined;
  const path = resolve(context.cwd, file);
  try {
    writeFileSync(path, text());
  } catch (error) {
    return checkFailure({ reason: 'report-unwritten', option, path, message: error instanceof Error ? error.message : String(error) });
  }
}
