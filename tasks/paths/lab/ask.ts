/** Changes of paths from inside the VM: what its kloop-path asks for (guest/network/path-ask.c) is done here. */
import { LineSplitter } from '../../host/processes/lines.ts';
import type { ReachedVm } from '../../machine/request.ts';
import { isFailure } from '../../report/failure.ts';
import { askProgram } from '../peer-script.ts';
import { listing, parseChange } from '../state.ts';
import { applyTo, type Shaper } from './live.ts';
import { readState } from './state-file.ts';

/**
 * One after the other, as they come.
 *
 * @param dir the lab's
 * @param shaper `undefined` as long as the peer does not serve
 */
export function answerGuest(vm: ReachedVm, dir: string, shaper: () => Shaper | undefined): void {
  const answer = async (line: string): Promise<{ readonly status: number; readonly text: string }> => {
    const refused = (text: string) => ({ status: 1, text: `${text}\n` });
    const words = line.split(' ').filter((word) => word !== '');
    const states = readState(dir);
    if (words[0] === 'list') return { status: 0, text: listing(states).map((one) => `${one}\n`).join('') };
    const change = parseChange(words, states.map(({ name }) => name));
    if ('wrong' in change) return refused(change.wrong);
    const shapes = shaper();
    if (shapes === undefined) return refused('the peer does not serve yet');
    const made = await applyTo({ dir, qmp: vm.qmp, shaper: shapes }, change.value);
    return isFailure(made) ? refused([made.words.what, ...made.words.said ?? []].join(': ')) : { status: 0, text: '' };
  };
  let before = Promise.resolve();
  const lines = new LineSplitter((line) => {
    before = before.then(async () => {
      const { status, text } = await answer(line);
      write(`${status} ${Buffer.byteLength(text)}\n${text}`);
    });
  });
  const write = vm.start(askProgram, (chunk) => lines.push(chunk));
}
