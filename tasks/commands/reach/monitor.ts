import { createInterface } from 'node:readline';
import { finish } from '../../cli/finish.ts';
import { answerMs, askQemu, human } from '../../machine/reach/ask-qemu.ts';
import type { VmLink } from '../../machine/reach/link.ts';
import { isFailure } from '../../report/failure.ts';
import type { Command } from '../shared/command.ts';
import type { Context } from '../shared/context.ts';
import { linkToNamed, nameOperand } from './named-vm.ts';

export const monitor: Command = {
  name: 'monitor',
  kind: 'reach',
  summary: "Speak with QEMU's monitor, for those who know it.",
  operands: [nameOperand],
  guestCommand: "a line of the monitor's for people; without it, QMP's JSON is read from stdin",
  options: [],
  examples: [['monitor -- -- info registers', 'one line, and what it prints'], ['monitor -- vm-2 <commands.json', "QMP: a line each; answers and events come on stdout"]],
  async run(call, context) {
    const linked = await linkToNamed(call.operands[0], context);
    if (isFailure(linked)) return finish(linked);
    if (call.guestCommand.length === 0) return speakQmp(linked.link, context);
    const printed = await askQemu(human(call.guestCommand.join(' ')), { ...linked, signal: context.signal, ms: answerMs, doing: 'the monitor' });
    linked.link.close();
    if (isFailure(printed)) return finish(printed);
    process.stdout.write(String(printed).replaceAll('\r', ''));
    return 0;
  },
};

/** One command after the other, to stdin's end. What is no JSON is answered as QEMU would. */
async function speakQmp(link: VmLink, { signal }: Context): Promise<number> {
  const print = (message: object) => process.stdout.write(`${JSON.stringify(message)}\n`);
  link.onEvent(print);
  await link.ask({ ask: 'events' });
  const ended = Promise.race([link.gone, new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))]).then(() => 'ended' as const);
  const speak = async () => {
    for await (const line of createInterface({ input: process.stdin })) {
      if (line.trim() === '') continue;
      const message = parsed(line);
      if (message === undefined) print({ error: { class: 'GenericError', desc: 'no JSON object' } });
      else {
        const { id, ...command } = message;
        const answer = await Promise.race([link.ask({ ask: 'qmp', command }), ended]);
        if (answer === 'ended') return;
        print(id === undefined ? answer : { ...answer, id });
      }
    }
  };
  await Promise.race([speak(), ended]);
  link.close();
  return 0;
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const message: unknown = JSON.parse(line);
    return typeof message === 'object' && message !== null && !Array.isArray(message) ? (message as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
