/**
 * What a kloop that has a VM and one that wants to reach it say to each other,
 * over a socket: the guest's own frames (../guest/protocol.ts), with session
 * numbers of the connection's own, and these besides, whose payloads are JSON
 * and whose session is the question's number. Pure.
 */
import type { QmpAnswer } from '../qemu/monitor.ts';

/** Beyond the guest's numbers. */
export const LinkFrame = { ask: 64, answer: 65, event: 66 } as const;

export type Question =
  /** The VM is to end; `by`: the command that said so. The answer is the connection's end. */
  | { readonly ask: 'stop'; readonly by: string }
  /** A command as QMP has it, without `id`; the answer is QEMU's. */
  | { readonly ask: 'qmp'; readonly command: object }
  /** The key for the kernel's SysRq; `pipe`: the path of one that may be made for it. The answer is as QEMU's. */
  | { readonly ask: 'sysrq'; readonly key: string; readonly pipe: string }
  /** QEMU's events are sent on from now on. */
  | { readonly ask: 'events' }
  /** QEMU listens for gdb on this socket, which it makes, for as long as the connection lasts; the answer is QEMU's. */
  | { readonly ask: 'gdb'; readonly socket: string };

export const encodeJson = (value: object): Buffer => Buffer.from(JSON.stringify(value));
export const decodeAnswer = (payload: Buffer): QmpAnswer => JSON.parse(payload.toString()) as QmpAnswer;

/** @returns `undefined` for what is none: from another version of kloop, say */
export function decodeQuestion(payload: Buffer): Question | undefined {
  try {
    const question = JSON.parse(payload.toString()) as Question;
    switch (question.ask) {
      case 'stop': return typeof question.by === 'string' ? question : undefined;
      case 'qmp': return typeof question.command === 'object' && question.command !== null ? question : undefined;
      case 'events': return question;
      case 'sysrq': return /^[a-z0-9]$/.test(question.key) && typeof question.pipe === 'string' ? question : undefined;
      case 'gdb': return typeof question.socket === 'string' ? question : undefined;
      default: return undefined;
    }
  } catch {
    return undefined;
  }
}
