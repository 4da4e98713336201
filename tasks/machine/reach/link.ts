/** The end of a connection at a kloop that wants to reach a VM which another one has. */
import { connect, type Socket } from 'node:net';
import { socketOf, type VmEntry } from '../../vms/entry.ts';
import { vmsFailure } from '../../vms/reasons.ts';
import type { Result } from '../../report/failure.ts';
import { Guest, type Hello } from '../guest/control.ts';
import { encodeFrame } from '../guest/protocol.ts';
import type { QmpAnswer } from '../qemu/monitor.ts';
import { decodeAnswer, encodeJson, LinkFrame, type Question } from './protocol.ts';

export interface VmLink {
  /** Starts commands in it: each has its sessions. */
  readonly guest: Guest;
  /** The guest's init was reached. Never resolves where it was not. */
  readonly ready: Promise<Hello>;
  /** The VM has ended, or the kloop that had it. */
  readonly gone: Promise<void>;
  /** Never resolves where the VM has ended. */
  ask(question: Question): Promise<QmpAnswer>;
  /** A command of QMP's, and QEMU's answer. */
  readonly qmp: (execute: string, args?: object) => Promise<QmpAnswer>;
  /** Who hears QEMU's events, after `ask({ ask: 'events' })`. */
  onEvent(hearer: (event: QmpAnswer) => void): void;
  /** What was begun by it ends. */
  close(): void;
}

/** @returns `no-vm`, where it has just ended */
export function linkTo(vm: VmEntry): Promise<Result<VmLink>> {
  return new Promise((resolve) => {
    const socket = connect(socketOf(vm.dir));
    socket.on('error', () => resolve(vmsFailure({ reason: 'no-vm', name: vm.name, running: [], nearest: undefined })));
    socket.on('connect', () => resolve(linkOver(socket)));
  });
}

function linkOver(socket: Socket): VmLink {
  const waiting = new Map<number, (answer: QmpAnswer) => void>();
  const hearers: ((event: QmpAnswer) => void)[] = [];
  let last = 0;
  let resolveReady: (hello: Hello) => void = () => undefined;
  const ready = new Promise<Hello>((resolve) => { resolveReady = resolve; });
  const gone = new Promise<void>((resolve) => socket.on('close', () => resolve()));
  const guest = new Guest(socket, {
    hello: resolveReady,
    trouble: () => undefined,
    other: ({ type, session, payload }) => {
      if (type === LinkFrame.event) for (const hearer of hearers) hearer(decodeAnswer(payload));
      if (type !== LinkFrame.answer) return;
      waiting.get(session)?.(decodeAnswer(payload));
      waiting.delete(session);
    },
  });
  const ask = (question: Question) => new Promise<QmpAnswer>((resolve) => {
    last = last % 0xffff + 1;
    waiting.set(last, resolve);
    guest.send(encodeFrame(LinkFrame.ask, last, 0, encodeJson(question)));
  });
  return {
    guest, ready, gone, ask,
    qmp: (execute, args) => ask({ ask: 'qmp', command: { execute, ...(args === undefined ? {} : { arguments: args }) } }),
    onEvent: (hearer) => { hearers.push(hearer); },
    close: () => socket.destroy(),
  };
}
