/** Changes the paths of a VM that runs: by QEMU, which has the NIC's cable, and by the peer, which has the queues. */
import { guestEnvironment } from '../../machine/guest/environment.ts';
import { linkTo } from '../../machine/reach/link.ts';
import { isFailure, type Failure, type Result } from '../../report/failure.ts';
import type { VmEntry } from '../../vms/entry.ts';
import { pathFailure } from '../reasons.ts';
import { shapeProgram } from '../peer-script.ts';
import { applyChange, changeText, type Change, type PathState } from '../state.ts';
import type { Guest } from '../../machine/guest/control.ts';
import { addEvent } from './events.ts';
import { withState } from './state-file.ts';

export interface LivePaths {
  /** @returns the path as it is then */
  apply(change: Change): Promise<Result<PathState>>;
  /** What changes wait for at first is there: from now on each takes some ms. */
  ready(): Promise<void>;
  /** The VM or its peer has ended. */
  readonly gone: Promise<void>;
  close(): void;
}

export async function openLive(dir: string, vm: VmEntry, peer: VmEntry): Promise<Result<LivePaths>> {
  const vmLink = await linkTo(vm);
  if (isFailure(vmLink)) return vmLink;
  const peerLink = await linkTo(peer);
  if (isFailure(peerLink)) {
    vmLink.close();
    return peerLink;
  }
  const shaper = openShaper(peerLink.guest);
  return {
    apply: (change) => applyTo({ dir, qmp: vmLink.qmp, shaper }, change),
    ready: async () => { await shaper.shape([]); },
    gone: Promise.race([vmLink.gone, peerLink.gone]),
    close: () => {
      vmLink.close();
      peerLink.close();
    },
  };
}

/** Where a path's change is made. */
export interface Ends {
  /** The lab's. */
  readonly dir: string;
  /** The VM's QEMU. */
  readonly qmp: (execute: string, args?: object) => Promise<Readonly<Record<string, unknown>>>;
  /** The peer's. */
  readonly shaper: Shaper;
}

/** @returns the path as it is then */
export function applyTo({ dir, qmp, shaper }: Ends, change: Change): Promise<Result<PathState>> {
  return withState(dir, async (states) => {
    const state = states.find(({ name }) => name === change.path);
    const changed = state === undefined ? { wrong: `no path is called '${change.path}'` } : applyChange(state, change);
    if ('wrong' in changed) return pathFailure({ reason: 'bad-change', where: `path ${change.action} ${change.path}`, wrong: changed.wrong });
    const { state: now, shape, link } = changed.value;
    // Both at once: what the one takes is not added to the other.
    const [answer, refused] = await Promise.all([
      (state?.is === 'cut') === link ? qmp('set_link', { name: `nic${now.nic}`, up: link }) : Promise.resolve({}),
      now.is === 'cut' ? undefined : shaper.shape(shape),
    ]);
    if ('error' in answer) return pathFailure({ reason: 'change-refused', path: now.name, said: [JSON.stringify(answer['error'])] });
    if (refused !== undefined) return pathFailure({ reason: 'change-refused', path: now.name, said: refused });
    addEvent(dir, { atMs: Date.now(), path: now.name, text: changeText(change) });
    return { states: states.map((one) => (one.name === now.name ? now : one)), value: now };
  });
}

export interface Shaper {
  /** @returns what is wrong */
  shape(lines: readonly string[]): Promise<readonly string[] | undefined>;
}

/** One program in the peer for all changes: its start is the most of what one takes. */
export function openShaper(peer: Pick<Guest, 'start'>): Shaper {
  let said = '';
  let answered: (() => void) | undefined;
  const session = peer.start({ argv: shapeProgram, cwd: '/', env: guestEnvironment(process.env, [], '/') }, (_stream, chunk, taken) => {
    said += chunk.toString();
    taken();
    if (/^done$/m.test(said)) answered?.();
  });
  void session.ended.then(() => answered?.());
  return {
    async shape(lines) {
      said = '';
      const done = new Promise<void>((resolve) => { answered = resolve; });
      await session.write(Buffer.from([...lines, 'done', ''].join('\n')));
      await done;
      const wrong = said.split('\n').filter((line) => line !== '' && line !== 'done');
      return wrong.length === 0 ? undefined : wrong;
    },
  };
}

/** Applies the steps of a script at their times, from now on. */
export async function runScript(live: LivePaths, steps: readonly { readonly atMs: number; readonly change: Change; readonly text: string }[], { signal, did }: { readonly signal: AbortSignal; readonly did: (text: string, atMs: number) => void }): Promise<Failure | undefined> {
  let over = false;
  void live.gone.then(() => { over = true; });
  await Promise.race([live.ready(), live.gone]);
  const began = performance.now();
  for (const { atMs, change, text } of steps) {
    const left = atMs - (performance.now() - began);
    if (left > 0) await Promise.race([later(left, signal), live.gone]);
    if (signal.aborted || over) return undefined;
    const made = await Promise.race([live.apply(change), live.gone.then(() => undefined)]);
    if (isFailure(made)) return made;
    did(text, performance.now() - began);
  }
  return undefined;
}

function later(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}
