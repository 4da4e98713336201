/** `vm` with several variants: each is built, one after the other, and runs the command in a VM of its own; a table shows all. */
import { variantVmName } from '../../../config/variant.ts';
import { vmsAtOnce } from '../../checks/at-once.ts';
import { finish } from '../../cli/finish.ts';
import type { Call } from '../../cli/spec.ts';
import { hostSize } from '../../host/memory.ts';
import { hostFailure } from '../../host/reasons.ts';
import { nicsRefusal } from '../../network/nics/nics.ts';
import { resultsTable } from '../../progress/variants.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { interrupted } from '../../report/interrupted.ts';
import { bootable } from '../shared/bootable.ts';
import { askedLab } from '../shared/asked-lab.ts';
import { askedConfig } from '../shared/config-options.ts';
import type { Context } from '../shared/context.ts';
import { withUserFound } from '../shared/named-user.ts';
import { vmJson } from '../shared/vm-outcome.ts';
import { askedVm, onOurBridge } from '../shared/vm-request.ts';
import { prefixedStreams } from './prefixed.ts';
import { buildFor, resultOf, runBuilt, type BuiltVm, type OneVm } from './run.ts';

/** Options that only one VM can have. */
const forOne: Readonly<Record<string, string>> = { kernel: '--kernel', dryRun: '--dry-run', gdb: '--gdb', gdbRun: '--gdb-run', forward: '--forward' };

/** One of them. */
interface Lane {
  readonly name: string;
  readonly one: OneVm;
  /** When it is. */
  built?: BuiltVm;
  status: number;
  /** From its build's start to its VM's end, without the wait for others; ms. */
  tookMs: number;
}

/** @returns the highest of the statuses */
export async function runVariants(names: readonly string[], typed: Call, context: Context): Promise<number> {
  const alone = typed.order.map(({ name }) => forOne[name]).find((option) => option !== undefined);
  if (alone !== undefined) return refuse(`${alone} is for one VM, and several variants are named`, '--variant debug -- ./test.sh');
  if (typed.guestCommand.length === 0) return refuse('a shell is for one VM; several variants run a command', names.map((name) => `--variant ${name}`).concat('-- ./test.sh').join(' '));
  if (context.settings.vmRunner === 'vido') context.say("several variants always use kloop's own launcher: VM_RUNNER=vido only works with one");
  const call = withUserFound(typed);
  const config = askedConfig(typed, context.cwd, true);
  if (isFailure(call)) return finish(call);
  if (isFailure(config)) return finish(config);
  const lanes: Lane[] = [];
  for (const name of names) {
    const one = oneOf(name, { call, context, config });
    if (isFailure(one)) return finish(one);
    lanes.push({ name, one, status: 0, tookMs: 0 });
  }
  for (const lane of lanes) if (!context.signal.aborted) await timed(lane, build);
  await sideBySide(lanes.filter(({ built }) => built !== undefined), context);
  for (const lane of lanes) {
    const { outcome } = lane.one;
    if (outcome.failure !== undefined || outcome.status !== undefined) continue;
    // The run was interrupted before it.
    outcome.failure = interrupted(context.signal);
    lane.status = 125;
  }
  const json = call.options['json'] === true;
  for (const { one, status, tookMs } of lanes) if (json) process.stdout.write(vmJson(one.outcome, status, tookMs));
  process.stderr.write(resultsTable(lanes.map(({ name, one, status, tookMs }) => ({ name, tookMs, ...resultOf(one.outcome, status) }))));
  return Math.max(...lanes.map(({ status }) => status));
}

function refuse(wrong: string, example: string): number {
  return finish(hostFailure({ reason: 'bad-usage', wrong, fix: [`npm run vm -- ${example}`] }));
}

/** What was typed, for one of them. A name that was given to all of them gets the variant's. */
function oneOf(name: string, { call, context, config }: Pick<OneVm, 'call' | 'context' | 'config'>): Result<OneVm> {
  const own = context.forVariant(name);
  if (isFailure(own)) return own;
  const asked = askedVm(call, own.settings, own.cwd);
  const lab = askedLab(call, own);
  if (isFailure(lab)) return lab;
  const refused = nicsRefusal(asked.nics, { ours: own.settings.bridgeName, settings: own.settings });
  if (refused !== undefined) return refused;
  const by = own.settings.given.find(({ key }) => key === 'VM_NAME')?.layer;
  const forAll = by === 'the environment' || by === 'the command line';
  return {
    call, config, lab, asked: { ...asked, name: forAll ? variantVmName(asked.name, name) : asked.name }, outcome: { variant: name, splats: [] },
    context: { ...own, say: (line) => own.say(`${name}: ${line}`) },
  };
}

async function timed(lane: Lane, what: (lane: Lane) => Promise<number>): Promise<void> {
  const began = performance.now();
  lane.status = await what(lane);
  lane.tookMs += performance.now() - began;
}

async function build(lane: Lane): Promise<number> {
  const { one } = lane;
  one.context.say('building what the VM needs');
  const built = await buildFor(one, onOurBridge(one.asked, one.context.settings));
  if (isFailure(built)) {
    one.outcome.failure = built;
    return finish(built);
  }
  lane.built = built;
  return 0;
}

/** As many at once as the host has room for. */
async function sideBySide(lanes: readonly Lane[], { signal, say }: Context): Promise<void> {
  const most = (of: 'memoryBytes' | 'cpus') => Math.max(0, ...lanes.map(({ one }) => one.asked[of]));
  const { vms, why } = vmsAtOnce(lanes.length, { memoryBytes: most('memoryBytes'), cpus: most('cpus') }, hostSize());
  if (why !== undefined && lanes.length > 1) say(why);
  const waiting = [...lanes];
  const next = async () => {
    for (let lane = waiting.shift(); lane !== undefined && !signal.aborted; lane = waiting.shift()) await timed(lane, run);
  };
  await Promise.all(Array.from({ length: vms }, next));
}

async function run({ one, built }: Lane): Promise<number> {
  if (built === undefined) return 125;
  const prepared = await bootable(one.asked, one.context, { by: 'kloop vm' });
  if (isFailure(prepared)) {
    one.outcome.failure = prepared;
    return finish(prepared);
  }
  const streams = prefixedStreams(`${one.outcome.variant}: `, one.call.options['json'] === true);
  const status = await runBuilt(built, prepared, streams);
  streams.end();
  return status;
}
