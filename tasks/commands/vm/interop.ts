/** `interop`: several kernels, each with each: one is the VM's, one its peer's, and the other way round. */
import { finish } from '../../cli/finish.ts';
import type { Call } from '../../cli/spec.ts';
import { hostFailure } from '../../host/reasons.ts';
import type { PeerKernel } from '../../paths/lab/peer.ts';
import { pairsTable } from '../../paths/show/pairs.ts';
import { wordsOf } from '../../progress/variants.ts';
import { isFailure, type Failure, type Result } from '../../report/failure.ts';
import { interrupted } from '../../report/interrupted.ts';
import { askedLab, type LabRequest } from '../shared/asked-lab.ts';
import { bootable } from '../shared/bootable.ts';
import type { Command } from '../shared/command.ts';
import type { Context } from '../shared/context.ts';
import { withUserFound } from '../shared/named-user.ts';
import { broughtUp, otherKernel, type OtherKernel } from '../shared/other-kernel.ts';
import { installOption } from '../shared/target-command.ts';
import { vmOptionsOf } from '../shared/vm-options.ts';
import { vmJson } from '../shared/vm-outcome.ts';
import { askedVm, onOurBridge } from '../shared/vm-request.ts';
import { prefixedStreams } from './prefixed.ts';
import { buildFor, resultOf, runBuilt, type OneVm } from './run.ts';

export const interop: Command = {
  name: 'interop',
  summary: 'Try several kernels with each other, as client and as server.',
  operands: [{ name: 'kernels', summary: 'two or more: an image, a built tree, host, installed:VERSION, a variant', several: true }],
  guestCommand: 'run in each client; its peer has the other kernel',
  options: [
    ...vmOptionsOf('interop'),
    { flags: '--json', summary: 'print a line of JSON per pair; output goes to stderr' },
    installOption,
  ],
  examples: [
    ['interop -- ~/linux-5.15 ~/linux-6.12 -- ./test.sh', 'old client, new server, and the reverse'],
    ['interop -- debug tiny installed:6.1 -- iperf3 -c peer', 'six pairs'],
  ],
  async run(typed, context) {
    const call = withUserFound(withPaths(typed));
    if (isFailure(call)) return finish(call);
    const named = namedKernels(call, context);
    if (isFailure(named)) return finish(named);
    const lab = askedLab(call, context);
    if (isFailure(lab)) return finish(lab);
    if (lab === undefined) throw new Error('interop always has paths');
    const kernels: Kernel[] = [];
    for (const { name, kernel } of named) {
      const booted = await broughtUp(kernel, call);
      if (isFailure(booted)) return finish(booted);
      kernels.push({ name, kernel, booted });
    }
    const pairs = kernels.flatMap((client) => kernels.filter((server) => server !== client).map((server) => pairOf(client, server, { call, context, lab })));
    // One after the other: two at once would take each other's processors.
    for (const pair of pairs) if (!context.signal.aborted) await run(pair);
    return told(pairs, call.options['json'] === true, context);
  },
};

interface Kernel {
  /** As it was typed. */
  readonly name: string;
  readonly kernel: OtherKernel;
  readonly booted: PeerKernel;
}

interface Pair {
  readonly client: string;
  readonly server: string;
  readonly one: OneVm;
  status: number;
  tookMs: number;
}

/** Without any, two: the least that Multipath TCP has a use for. */
const withPaths = (call: Call): Call => (call.options['path'] === undefined ? { ...call, options: { ...call.options, path: ['lan', 'lan'] } } : call);

function namedKernels({ operands, guestCommand }: Call, context: Context): Result<{ readonly name: string; readonly kernel: OtherKernel }[]> {
  const twice = operands.find((name, i) => operands.indexOf(name) < i);
  if (operands.length < 2) return wrong('interop needs two kernels or more');
  if (twice !== undefined) return wrong(`${twice} is named twice`);
  if (guestCommand.length === 0) return wrong("there is no command after '--'");
  const kernels: { name: string; kernel: OtherKernel }[] = [];
  for (const name of operands) {
    const kernel = otherKernel(name, context);
    if (isFailure(kernel)) return kernel;
    kernels.push({ name, kernel });
  }
  return kernels;
}

const wrong = (what: string): Failure => hostFailure({ reason: 'bad-usage', wrong: what, fix: ['npm run interop -- ~/linux-5.15 ~/linux-6.12 -- ./test.sh'] });

function pairOf(client: Kernel, server: Kernel, { call, context, lab }: { readonly call: Call; readonly context: Context; readonly lab: LabRequest }): Pair {
  // A variant's own settings tell how its kernel is booted, and where its sources are.
  const own = client.kernel.kind === 'variant' ? client.kernel.context : context;
  const asked = { ...askedVm(call, own.settings, own.cwd), kernel: client.kernel.kind === 'variant' ? undefined : client.booted.path };
  return {
    client: client.name, server: server.name, status: 0, tookMs: 0,
    one: { call, context: own, asked, lab: { ...lab, peerKernel: server.kernel }, config: undefined, outcome: { pair: { client: client.name, server: server.name }, splats: [] } },
  };
}

async function run(pair: Pair): Promise<void> {
  const { one, client, server } = pair;
  const began = performance.now();
  one.context.say(`${client} as the client, ${server} as the server`);
  const fail = (failure: Failure) => {
    one.outcome.failure = failure;
    return finish(failure);
  };
  const attempt = async () => {
    const built = await buildFor(one, onOurBridge(one.asked, one.context.settings));
    if (isFailure(built)) return fail(built);
    const prepared = await bootable(one.asked, one.context, { by: 'kloop interop' });
    if (isFailure(prepared)) return fail(prepared);
    const streams = prefixedStreams(`${client} > ${server}: `, one.call.options['json'] === true);
    const status = await runBuilt(built, prepared, streams);
    streams.end();
    return status;
  };
  pair.status = await attempt();
  pair.tookMs = performance.now() - began;
}

/** @returns the highest of the statuses */
function told(pairs: readonly Pair[], json: boolean, { signal }: Context): number {
  for (const pair of pairs) {
    const { outcome } = pair.one;
    if (outcome.failure !== undefined || outcome.status !== undefined) continue;
    outcome.failure = interrupted(signal);
    pair.status = 125;
  }
  if (json) for (const { one, status, tookMs } of pairs) process.stdout.write(vmJson(one.outcome, status, tookMs));
  const rows = pairs.map(({ client, server, one, status, tookMs }) => ({ client, server, result: wordsOf(resultOf(one.outcome, status)), mptcp: one.outcome.paths?.mptcp, tookMs }));
  process.stderr.write(pairsTable(rows).map((line) => `kloop: ${line}\n`).join(''));
  return Math.max(...pairs.map(({ status }) => status));
}
