/** The end of a connection at the kloop that has the VM: passes the guest's sessions on, and asks QEMU. */
import { constants } from 'node:os';
import type { Duplex } from 'node:stream';
import type { Guest } from '../guest/control.ts';
import { encodeFrame, Frame, FrameReader, renumbered, Stream, u32, type FrameData } from '../guest/protocol.ts';
import type { Monitor, QmpAnswer } from '../qemu/monitor.ts';
import { decodeQuestion, encodeJson, LinkFrame, type Question } from './protocol.ts';
import { leaveDebugger } from './leave-debugger.ts';
import { sendSysrq, type Console } from './sysrq.ts';

/** What can be reached of a VM. */
export interface Reachable {
  readonly guest: Guest;
  /** The payload of the guest's greeting. */
  readonly hello: Promise<Buffer>;
  readonly monitor: Monitor;
  readonly console: Console;
  /** From now on a debugger may have it stand still. */
  debugged(): void;
  /** Ends the VM; `by`: who says so. */
  stop(by: string): void;
}

/** By VM, what the next one that wants its console waits for. */
const consoleUse = new WeakMap<Reachable, Promise<unknown>>();

function oneByOne<T>(vm: Reachable, use: () => Promise<T>): Promise<T> {
  const used = (consoleUse.get(vm) ?? Promise.resolve()).then(use);
  consoleUse.set(vm, used);
  return used;
}

/** Those at which a debugger is. QEMU has one at a time, and would send it away for another. */
const debugging = new WeakSet<Reachable>();

export function serveLink(socket: Duplex, vm: Reachable): void {
  /** By the connection's numbers, those of the guest. */
  const sessions = new Map<number, number>();
  const atEnd: (() => void)[] = [];
  let over = false;
  const send = (frame: Buffer) => { if (!over) socket.write(frame); };

  const start = ({ session, payload }: FrameData): void => {
    if (sessions.has(session)) return;
    const id = vm.guest.open((frame) => {
      if (frame.type === Frame.exit) sessions.delete(session);
      // Nobody reads it any more, and the guest is not to wait for that.
      if (over && frame.type === Frame.data) vm.guest.send(encodeFrame(Frame.credit, id, frame.stream, u32(frame.payload.length)));
      send(renumbered(frame, session));
    });
    sessions.set(session, id);
    vm.guest.send(encodeFrame(Frame.start, id, 0, payload));
  };

  const answer = async (number: number, question: Question | undefined): Promise<void> => {
    const answered = question === undefined ? { error: { desc: 'another version of kloop has this VM' } } : await ask(question);
    if (answered !== undefined) send(encodeFrame(LinkFrame.answer, number, 0, encodeJson(answered)));
  };

  const ask = (question: Question): Promise<QmpAnswer> | QmpAnswer | undefined => {
    switch (question.ask) {
      case 'stop': vm.stop(question.by); return undefined;
      case 'qmp': return vm.monitor.call(question.command);
      case 'sysrq': return oneByOne(vm, () => sendSysrq(question.key, vm.monitor, vm.console, question.pipe));
      case 'events':
        atEnd.push(vm.monitor.hear((event) => send(encodeFrame(LinkFrame.event, 0, 0, encodeJson(event)))));
        return { return: {} };
      case 'gdb':
        if (debugging.has(vm)) return { error: { desc: 'another kloop gdb has it' } };
        debugging.add(vm);
        vm.debugged();
        atEnd.push(() => void leaveDebugger(vm.monitor, question.socket).then(() => debugging.delete(vm)));
        return human(vm.monitor, `gdbserver unix:${question.socket},server=on,wait=off`);
    }
  };

  const reader = new FrameReader((frame) => {
    if (frame.type === LinkFrame.ask) return void answer(frame.session, decodeQuestion(frame.payload));
    if (frame.type === Frame.start) return start(frame);
    const id = sessions.get(frame.session);
    if (id !== undefined) vm.guest.send(renumbered(frame, id));
  });
  socket.on('data', (chunk: Buffer) => reader.push(chunk));
  socket.on('error', () => undefined); // its end follows
  socket.on('close', () => {
    over = true;
    for (const undo of atEnd) undo();
    for (const id of sessions.values()) for (const frame of hangUp(id)) vm.guest.send(frame);
  });
  void vm.hello.then((payload) => send(encodeFrame(Frame.hello, 0, 0, payload)));
}

/** What a command gets whose kloop was killed: as from a terminal that is closed, and from pipes that nobody reads. */
const hangUp = (id: number): Buffer[] => [
  encodeFrame(Frame.signal, id, 0, u32(constants.signals.SIGHUP)),
  encodeFrame(Frame.eof, id),
  encodeFrame(Frame.close, id, Stream.out),
  encodeFrame(Frame.close, id, Stream.err),
];

const human = (monitor: Monitor, line: string): Promise<QmpAnswer> => monitor.call({ execute: 'human-monitor-command', arguments: { 'command-line': line } });
