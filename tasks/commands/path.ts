import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { finish } from '../cli/finish.ts';
import type { Call } from '../cli/spec.ts';
import { fileFailure } from '../host/files.ts';
import { hostFailure } from '../host/reasons.ts';
import { openLive, runScript } from '../paths/lab/live.ts';
import { readState } from '../paths/lab/state-file.ts';
import { bridgedPaths, type BridgedPath } from '../paths/over-bridge.ts';
import { pathFailure } from '../paths/reasons.ts';
import { parseScript } from '../paths/script.ts';
import { listing, parseChange, type PathState } from '../paths/state.ts';
import { answerMs, unlessStuck } from '../machine/reach/ask-qemu.ts';
import { isFailure, type Result } from '../report/failure.ts';
import { interrupted } from '../report/interrupted.ts';
import { chosenVm } from '../vms/choose.ts';
import type { VmEntry } from '../vms/entry.ts';
import { listVms } from '../vms/registry.ts';
import { watchPaths } from './path/watch.ts';
import type { Command } from './shared/command.ts';
import type { Context } from './shared/context.ts';

export const path: Command = {
  name: 'path',
  kind: 'reach',
  summary: 'List and change the paths of a VM that runs.',
  operands: [
    { name: 'action', summary: 'what to do (default: list)', choices: ['list', 'set', 'cut', 'blackhole', 'fix', 'script'] },
    { name: 'words', summary: "a path's name, and for set what changes; script: a file, - for stdin", several: true },
  ],
  options: [
    { flags: '--vm <name>', summary: 'the VM, by its name in `kloop ps`' },
    { flags: '--watch', summary: 'list: what goes over them, each second' },
    { flags: '--json', summary: 'list: print JSON; with --watch a line each second' },
  ],
  examples: [
    ['path -- --watch', 'as top has it'],
    ['path -- set lte delay=120ms loss=2%', 'without up- or down-: both directions'],
    ['path -- cut wifi', 'as a cable that is pulled'],
    ['path -- blackhole wifi', 'packets vanish, the link stays'],
    ['path -- script handover.txt', 'lines such as: at 3s cut wifi'],
  ],
  async run(call, context) {
    const found = await pathsOf(call.options['vm'] as string | undefined, context);
    if (isFailure(found)) return finish(found);
    const { vm, lab, bridged } = found;
    const states = lab === undefined ? [] : readState(lab.dir);
    const [action = 'list', ...words] = call.operands;
    const looks = call.options['watch'] === true;
    if (action === 'list' && !looks) return list(states, bridged, call);
    if (action !== 'list' && looks) return finish(hostFailure({ reason: 'bad-usage', wrong: `--watch looks on, and ${action} changes a path: two commands`, fix: ['npm run path -- --watch'] }));
    const over = bridged.find(({ name }) => name === words[0]);
    if (over !== undefined && action !== 'script') return finish(pathFailure({ reason: 'bad-change', where: `path ${action} ${over.name}`, wrong: `it lies over ${over.bridge}, and stays as it was at the start` }));
    if (lab === undefined) return finish(pathFailure({ reason: 'no-peer', vm: vm.name }));
    if (looks) return watchPaths({ ...lab, vm, states }, call.options['json'] === true, context);
    if (action === 'script') return script(words, states, { ...lab, vm }, context);
    const change = parseChange([action, ...words], states.map(({ name }) => name));
    if ('wrong' in change) return finish(pathFailure({ reason: 'bad-change', where: 'path', wrong: change.wrong }));
    const live = await openLive(lab.dir, vm, lab.peer);
    if (isFailure(live)) return finish(live);
    const made = await unlessStuck(Promise.race([live.apply(change.value), live.gone.then(() => interrupted(context.signal))]), { vm, signal: context.signal, ms: answerMs });
    live.close();
    return isFailure(made) ? finish(made) : 0;
  },
};

interface FoundLab {
  readonly peer: VmEntry;
  readonly dir: string;
}

interface FoundPaths {
  readonly vm: VmEntry;
  /** Of those that lead to a peer. */
  readonly lab: FoundLab | undefined;
  readonly bridged: readonly BridgedPath[];
}

/** The VM that is meant, with its paths. */
async function pathsOf(name: string | undefined, { settings }: Context): Promise<Result<FoundPaths>> {
  const running = await listVms();
  if (isFailure(running)) return running;
  const hasPaths = ({ lab, nics }: VmEntry) => lab?.role === 'vm' || bridgedPaths(nics).length > 0;
  const vm = chosenVm(name === undefined ? running.filter(hasPaths) : running, name, settings.stateDir);
  if (isFailure(vm)) return pathFailure({ reason: 'no-paths', vm: undefined, why: running.some(hasPaths) ? vm.words.what : undefined });
  const dir = vm.lab?.dir;
  const peer = running.find(({ lab }) => lab?.role === 'peer' && lab.dir === dir);
  const lab = dir === undefined || peer === undefined ? undefined : { dir, peer };
  const bridged = bridgedPaths(vm.nics);
  return lab === undefined && bridged.length === 0 ? pathFailure({ reason: 'no-paths', vm: vm.name, why: undefined }) : { vm, lab, bridged };
}

function list(states: readonly PathState[], bridged: readonly BridgedPath[], call: Call): number {
  process.stdout.write(call.options['json'] === true
    ? `${JSON.stringify([...bridged.map(({ name, bridge, profile }) => ({ name, is: 'up', bridge, ...profile })), ...states.map(({ name, is, profile }) => ({ name, is, ...profile }))], undefined, 2)}\n`
    : listing(states, bridged).map((line) => `${line}\n`).join(''));
  return 0;
}

async function script([file, extra]: readonly string[], states: readonly PathState[], { vm, peer, dir }: FoundLab & Pick<FoundPaths, 'vm'>, context: Context): Promise<number> {
  if (file === undefined || extra !== undefined) return finish(hostFailure({ reason: 'bad-usage', wrong: 'path script needs one file', fix: ['npm run path -- script handover.txt'] }));
  let text: string;
  try {
    text = readFileSync(file === '-' ? 0 : resolve(context.cwd, file), 'utf8');
  } catch (error) {
    return finish(fileFailure('reading the script', file, error));
  }
  const steps = parseScript(text, states.map(({ name }) => name));
  if ('wrong' in steps) return finish(pathFailure({ reason: 'bad-change', where: file, wrong: steps.wrong }));
  const live = await openLive(dir, vm, peer);
  if (isFailure(live)) return finish(live);
  const failed = await runScript(live, steps.value, { signal: context.signal, did: (line, atMs) => context.say(`${(atMs / 1000).toFixed(3)} s: ${line}`) });
  live.close();
  return failed === undefined ? (context.signal.aborted ? finish(interrupted(context.signal)) : 0) : finish(failed);
}
