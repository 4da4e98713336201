/** A question to QEMU, through the kloop that has it. */
import { isFailure, type Failure, type Result } from '../../report/failure.ts';
import { interrupted } from '../../report/interrupted.ts';
import type { VmEntry } from '../../vms/entry.ts';
import { vmsFailure } from '../../vms/reasons.ts';
import type { VmLink } from './link.ts';
import type { Question } from './protocol.ts';

interface AskOptions {
  readonly vm: VmEntry;
  readonly link: VmLink;
  readonly signal: AbortSignal;
  /** How long the answer may take; ms. `undefined`: as long as it takes. */
  readonly ms?: number;
  /** In words, for when it fails. */
  readonly doing: string;
  readonly fix?: readonly string[];
}

/** A kloop that has not answered for so long was stopped (Ctrl-Z). Ms. */
export const answerMs = 5000;

/** @returns what QEMU returns; `vm-refused`, `vm-silent`, `vm-ended`, or that we were interrupted */
export async function askQemu(question: Question, options: AskOptions): Promise<Result<unknown>> {
  const { vm, link, doing, fix } = options;
  const answer = await unlessStuck(Promise.race([link.ask(question), link.gone]), options);
  if (answer === undefined) return vmsFailure({ reason: 'vm-ended', name: vm.name, console: vm.console });
  if (isFailure(answer)) return answer;
  if ('error' in answer) return vmsFailure({ reason: 'vm-refused', name: vm.name, doing, said: (answer['error'] as { readonly desc?: string }).desc ?? '', ...(fix === undefined ? {} : { fix }) });
  return answer['return'];
}

/** A line of QEMU's monitor for people, and what it prints: nothing, where all went well. */
export const human = (line: string): Question => ({ ask: 'qmp', command: { execute: 'human-monitor-command', arguments: { 'command-line': line } } });

/** Waits for what another kloop is to do, unless that one does nothing at all. */
export async function unlessStuck<T>(what: Promise<T>, { vm, signal, ms }: Pick<AskOptions, 'vm' | 'signal' | 'ms'>): Promise<T | Failure> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Failure>((resolve) => {
    if (ms !== undefined) timer = setTimeout(() => resolve(vmsFailure({ reason: 'vm-silent', name: vm.name, pid: vm.pid })), ms);
  });
  let stop = (): void => undefined;
  const stopped = new Promise<Failure>((resolve) => {
    stop = () => resolve(interrupted(signal));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
  });
  const got = await Promise.race([what, late, stopped]);
  clearTimeout(timer);
  signal.removeEventListener('abort', stop);
  return got;
}
