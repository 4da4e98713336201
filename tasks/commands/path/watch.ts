/** `path --watch`: on a terminal a table that is replaced, elsewhere a line each second. */
import { finish } from '../../cli/finish.ts';
import { vmAddressesOf } from '../../paths/plan.ts';
import { look } from '../../paths/lab/look.ts';
import { tickJson, tickLine, tickTable, type Tick } from '../../paths/show/live.ts';
import type { PathState } from '../../paths/state.ts';
import type { VmEntry } from '../../vms/entry.ts';
import type { Context } from '../shared/context.ts';

interface WatchedPaths {
  readonly vm: VmEntry;
  readonly peer: VmEntry;
  readonly dir: string;
  readonly states: readonly PathState[];
}

export async function watchPaths({ states, ...found }: WatchedPaths, json: boolean, { signal }: Context): Promise<number> {
  const paths = states.map(({ name, place }) => ({ name, place, ...vmAddressesOf(place) }));
  const { stdout } = process;
  const screen = !json && stdout.isTTY && process.env['TERM'] !== 'dumb' ? openScreen(stdout) : undefined;
  const print = json ? tickJson : tickLine;
  const failed = await look({ ...found, paths, signal, took: screen?.draw ?? ((tick) => stdout.write(`${print(tick)}\n`)) });
  screen?.close();
  return failed === undefined ? 0 : finish(failed);
}

/** Changes that are shown below the table. */
const shownEvents = 8;

/** The terminal's other screen, as top has it; the last table stays on the usual one. */
function openScreen(stdout: NodeJS.WriteStream): { readonly draw: (tick: Tick) => void; readonly close: () => void } {
  let last: Tick | undefined;
  let events: Tick['events'] = [];
  let most = 0;
  const lines = () => (last === undefined ? [] : tickTable(last, { columns: Math.max(20, stdout.columns - 1), most, events }));
  const redraw = () => stdout.write(`\x1b[H${lines().slice(0, Math.max(1, stdout.rows - 1)).map((line) => `${line}\x1b[K\n`).join('')}\x1b[J`);
  const leave = () => stdout.write('\x1b[?25h\x1b[?1049l');
  stdout.write('\x1b[?1049h\x1b[?25l\x1b[H\x1b[Jlooking …\n');
  stdout.on('resize', redraw);
  process.on('exit', leave);
  return {
    draw: (tick) => {
      last = tick;
      events = [...events, ...tick.events].slice(-shownEvents);
      most = Math.max(most, ...tick.paths.flatMap(({ down, up }) => [down, up]));
      redraw();
    },
    close: () => {
      stdout.off('resize', redraw);
      process.off('exit', leave);
      leave();
      stdout.write(lines().map((line) => `${line}\n`).join(''));
    },
  };
}
