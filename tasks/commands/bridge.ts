import { asTyped } from '../cli/as-typed.ts';
import { finish } from '../cli/finish.ts';
import type { Context } from './shared/context.ts';
import type { Call } from '../cli/spec.ts';
import { bringUpTarget } from './shared/target-command.ts';
import { asRoot, shown } from '../host/processes/privilege.ts';
import { takeLock } from '../host/lock.ts';
import { takeDown, undoing } from '../network/bridge/down.ts';
import { hostPaths } from '../network/host/paths.ts';
import { prepareUp } from '../network/bridge/prepare.ts';
import { readRecord, recordPath, type BridgeRecord } from '../network/bridge/record.ts';
import { bridgeState } from '../network/bridge/state.ts';
import { bridgeStatus, statusLines } from '../network/bridge/status.ts';
import { isFailure, type Result } from '../report/failure.ts';
import { backMs } from '../targets/bridge.ts';
import { networkFailure } from '../network/reasons.ts';
import { interruption } from '../report/interrupted.ts';
import type { Command } from './shared/command.ts';

export const bridge: Command = {
  name: 'bridge',
  summary: "Manage the host's bridge, which puts VMs on the real network.",
  operands: [{ name: 'action', summary: 'what to do (default: up)', choices: ['up', 'down', 'status'] }],
  options: [
    { flags: '--uplink <adapter>', summary: "adapter to put on the bridge: a name, auto, or none", setting: { key: 'BRIDGE_UPLINK' } },
    { flags: '--force', summary: 'continue even if you are connected by ssh through the adapter' },
    { flags: '--dry-run', summary: 'print the commands, in order, without running them' },
    { flags: '--json', summary: 'print the status as JSON' },
  ],
  examples: [
    ['bridge', 'make the bridge, with the only wired adapter'],
    ['bridge -- --dry-run', 'print the commands that it would run'],
    ['bridge -- --uplink none', 'make a private bridge with DHCP, DNS and NAT'],
    ['bridge -- status', 'show ports, addresses and leases'],
    ['bridge -- down', 'remove it and restore the network'],
  ],
  run(call, context) {
    const [action = 'up'] = call.operands;
    if (action === 'status') return status(call, context);
    if (action === 'down') return down(call, context);
    return call.options['dryRun'] === true ? planUp(call, context) : up(call, context);
  },
};

const privilege = () => ({ uid: process.getuid?.() ?? 0 });
const pathOf = ({ settings }: Context) => recordPath(settings.hostStateDir, settings.bridgeName);

async function up(call: Call, context: Context): Promise<number> {
  const uplink = await askUplink(call, context);
  if (isFailure(uplink)) return finish(uplink);
  return bringUpTarget('bridge', call, uplink, { bridge: { force: call.options['force'] === true } });
}

/** Where several adapters could be meant and a person is there to ask, they are asked. */
async function askUplink(call: Call, context: Context): Promise<Result<Context>> {
  if (!process.stdin.isTTY || !process.stderr.isTTY || context.settings.bridgeUplink !== 'auto') return context;
  if (bridgeState(context.settings.bridgeName, 'auto', readRecord(pathOf(context)), hostPaths).kind !== 'absent') return context;
  const prepared = await prepare(call, context);
  if (!networkFailure.is(prepared, 'several-adapters')) return context;
  const { names } = prepared.detail;
  const { createInterface } = await import('node:readline/promises');
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = (await terminal.question(`kloop: which adapter goes on the bridge? ${names.map((name, i) => `${i + 1}) ${name}`).join('  ')}: `, { signal: context.signal })).trim();
    const chosen = names[Number(answer) - 1] ?? names.find((name) => name === answer);
    return chosen === undefined ? prepared : context.with({ BRIDGE_UPLINK: chosen });
  } catch {
    return prepared;
  } finally {
    terminal.close();
  }
}

function prepare(call: Call, { settings, processes, signal }: Context) {
  return prepareUp({ settings, processes, paths: hostPaths, force: call.options['force'] === true, env: process.env, signal });
}

/** The commands go to stdout: they can be kept as a script. */
async function planUp(call: Call, context: Context): Promise<number> {
  const { settings } = context;
  const state = bridgeState(settings.bridgeName, settings.bridgeUplink, readRecord(pathOf(context)), hostPaths);
  if (state.kind === 'foreign') return finish(networkFailure({ reason: 'foreign-bridge', name: settings.bridgeName, kind: state.type }));
  if (state.kind === 'ours' && state.faults.length === 0) {
    context.say(`${settings.bridgeName} is already up; nothing to run`);
    return 0;
  }
  const past = readRecord(pathOf(context));
  if (past !== undefined && state.kind === 'ours') {
    // What makes it again follows from what is there when the old one is gone; guessed, it would be wrong.
    const [fault] = state.faults;
    context.say(`${settings.bridgeName} would be taken down first${fault === undefined ? '' : ` (${fault})`}; after \`npm run bridge -- down\`, --dry-run shows the commands that make it again`);
    printUndo(past);
    return 0;
  }
  // After a reboot little of it is left.
  if (past !== undefined) printUndo(past);
  const prepared = await prepare(call, context);
  if (isFailure(prepared)) return finish(prepared);
  for (const note of prepared.notes) context.say(note);
  for (const { title, argv } of [...prepared.plan.steps, ...prepared.plan.confirming]) {
    process.stdout.write(`${shown(asRoot(argv, privilege()))}   # ${title}\n`);
  }
  return 0;
}

async function down(call: Call, context: Context): Promise<number> {
  const { settings, processes, signal } = context;
  const name = settings.bridgeName;
  const recordAt = pathOf(context);
  const lock = await takeLock({ name: `bridge:${name}`, holder: 'kloop bridge down', onWait: (holder) => context.say(`waiting for ${holder}`), signal });
  if (lock === undefined) return finish(interruption({ reason: 'interrupted', signal: 'SIGINT' }));
  try {
    const record = readRecord(recordAt);
    if (record === undefined) {
      const state = bridgeState(name, settings.bridgeUplink, undefined, hostPaths);
      if (state.kind !== 'absent') return finish(networkFailure({ reason: 'foreign-bridge', name, kind: state.kind === 'foreign' ? state.type : "bridge of another kloop directory" }));
      context.say(`${name} is down`);
      return 0;
    }
    if (call.options['dryRun'] === true) {
      printUndo(record);
      return 0;
    }
    const log = context.world.logFor('bridge-down');
    const undone = await takeDown({ record, recordPath: recordAt, paths: hostPaths, processes, privilege: privilege(), say: context.say, signal, log, backMs });
    if (isFailure(undone)) return finish(undone);
    context.say(`${name} is down; the network was restored`);
    return 0;
  } finally {
    await lock.release();
  }
}

function printUndo(record: BridgeRecord): void {
  for (const argv of undoing(record, hostPaths)) process.stdout.write(`${shown(asRoot(argv, privilege()))}\n`);
}

async function status(call: Call, context: Context): Promise<number> {
  const { settings, processes } = context;
  const found = await bridgeStatus(settings.bridgeName, settings.bridgeUplink, readRecord(pathOf(context)), hostPaths, processes);
  if (isFailure(found)) return finish(found);
  process.stdout.write(call.options['json'] === true ? `${JSON.stringify(found, null, 2)}\n` : asTyped(`${statusLines(found, Date.now() / 1000).join('\n')}\n`));
  return 0;
}
