import { finish } from '../../cli/finish.ts';
import { hostFailure } from '../../host/reasons.ts';
import { copyFiles } from '../../machine/reach/copy.ts';
import { copyOf } from '../../machine/reach/places.ts';
import { statusLine } from '../../progress/status-line.ts';
import { isFailure } from '../../report/failure.ts';
import type { Command } from '../shared/command.ts';
import { linkToNamed } from './named-vm.ts';

/** How often it is shown how far it is; ms. */
const showMs = 200;

export const cp: Command = {
  name: 'cp',
  kind: 'reach',
  summary: 'Copy files and directories into a VM that runs, or out of it.',
  operands: [{ name: 'paths', summary: "what is copied, and last the place to copy it to; those in a VM as NAME:PATH, or :PATH for the only one", several: true }],
  options: [],
  examples: [['cp -- test.sh vm:/tmp', 'into a directory'], ['cp -- :/sys/kernel/debug/tracing/trace .', 'out of the only VM'], ['cp -- vm:/tmp/results results', 'a whole directory']],
  async run(call, context) {
    const copy = copyOf(call.operands);
    if ('wrong' in copy) return finish(hostFailure({ reason: 'bad-usage', wrong: copy.wrong, fix: ['npm run cp -- --help'] }));
    const linked = await linkToNamed(copy.vm === '' ? undefined : copy.vm, context);
    if (isFailure(linked)) return finish(linked);
    const status = context.quiet ? undefined : statusLine(process.stderr);
    let bytes = 0;
    const shown = setInterval(() => status?.(`${copy.from.join(' ')}: ${(bytes / 2 ** 20).toFixed(1)} MiB`), showMs);
    const failed = await copyFiles(copy, { ...linked, cwd: context.cwd, signal: context.signal, progress: (so) => { bytes = so; } });
    clearInterval(shown);
    status?.('');
    linked.link.close();
    return failed === undefined ? 0 : finish(failed);
  },
};
