/**
 * Magic SysRq by the serial console: a break, then the key (the kernel's
 * admin-guide/sysrq.rst). It is the kernel's interrupt that takes it, so it
 * works where no program runs any more.
 */
import { closeSync, openSync, rmSync, writeSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { makeFifo } from '../../host/processes/fifo.ts';
import type { Monitor, QmpAnswer } from '../qemu/monitor.ts';
import { followConsole } from './console-text.ts';

/** The console as QEMU has it. */
export interface Console {
  /** Connected to it, where it is shown live. */
  readonly socket: Duplex | undefined;
  /** The file that it goes to. */
  readonly log: string;
  /** All of the kernel's messages go there, not its warnings and errors alone. */
  readonly verbose: boolean;
}

/** How long a kernel that takes a key may need to say so; ms. */
const takenMs = 2000;
/** It prints with its interrupts off, and takes the next key when it has printed nothing for so long; ms. */
const quietMs = 300;
/** How long all that it prints may take; ms. */
const printedMs = 60_000;

/** What each key is answered by: "sysrq: Show State", before 4.6 "SysRq : Show State". */
const said = /sysrq ?: /i;

/** The console's log levels: `loglevel=` on the kernel's command line, and the kernel's default. */
const usualLevel = { verbose: '7', quiet: '5' } as const;

/** What can be typed into, and what is printed. */
interface Line {
  type(key: string): void;
  /** Calls until the returned is called. */
  hear(hearer: (text: string) => void): () => void;
}

/**
 * @param path of a pipe that may be made meanwhile
 * @returns an answer as QEMU's: `error` where the kernel has not taken the key
 */
export async function sendSysrq(key: string, monitor: Monitor, console: Console, path: string): Promise<QmpAnswer> {
  const { socket, log } = console;
  if (socket !== undefined) return press(key, monitor, console, { type: (one) => socket.write(one), hear: (hearer) => hearSocket(socket, hearer) });
  const wrong = makeFifo(path);
  if (wrong !== undefined) return { error: { desc: wrong } };
  // For reading, too: else it would wait here for QEMU, and QEMU for it.
  const fifo = openSync(path, 'r+');
  try {
    const changed = await change(monitor, { out: log, append: true, in: path });
    if ('error' in changed) return changed;
    return await press(key, monitor, console, { type: (one) => writeSync(fifo, one), hear: (hearer) => hearFile(log, hearer) });
  } finally {
    await change(monitor, { out: log, append: true });
    closeSync(fifo);
    rmSync(path, { force: true });
  }
}

const change = (monitor: Monitor, data: object): Promise<QmpAnswer> => monitor.call({ execute: 'chardev-change', arguments: { id: 'console', backend: { type: 'file', data } } });

function hearSocket(socket: Duplex, hearer: (text: string) => void): () => void {
  const take = (chunk: Buffer) => hearer(chunk.toString('latin1'));
  socket.on('data', take);
  return () => socket.off('data', take);
}

function hearFile(log: string, hearer: (text: string) => void): () => void {
  let begun = false;
  const following = followConsole(log, (text) => { if (begun) hearer(text); });
  begun = true;
  return () => following.end();
}

/** The key between two others: by the first, all that it prints is to be seen; by the second, that no more. */
async function press(key: string, monitor: Monitor, { verbose }: Console, line: Line): Promise<QmpAnswer> {
  const send = async (one: string): Promise<boolean> => {
    const taken = isTaken(line);
    await monitor.call({ execute: 'chardev-send-break', arguments: { id: 'console' } });
    line.type(one);
    if (!(await taken)) return false;
    await isQuiet(line);
    return true;
  };
  const setsLevel = /^[0-9]$/.test(key);
  if (!(await send(setsLevel ? key : '8'))) {
    return { error: { desc: 'the kernel does not take it: its interrupts are off, or it has no CONFIG_MAGIC_SYSRQ_SERIAL' } };
  }
  if (setsLevel) return { return: {} };
  await send(key);
  await send(verbose ? usualLevel.verbose : usualLevel.quiet);
  return { return: {} };
}

/** Whether the kernel says within its time that it has a key. */
function isTaken(line: Line): Promise<boolean> {
  return new Promise((resolve) => {
    let text = '';
    const over = (is: boolean) => {
      clearTimeout(timer);
      deaf();
      resolve(is);
    };
    const timer = setTimeout(() => over(false), takenMs);
    const deaf = line.hear((more) => {
      text = `${text.slice(-20)}${more}`;
      if (said.test(text)) over(true);
    });
  });
}

function isQuiet(line: Line): Promise<void> {
  return new Promise((resolve) => {
    const over = () => {
      clearTimeout(timer);
      clearTimeout(latest);
      deaf();
      resolve();
    };
    let timer = setTimeout(over, quietMs);
    const latest = setTimeout(over, printedMs);
    const deaf = line.hear(() => {
      clearTimeout(timer);
      timer = setTimeout(over, quietMs);
    });
  });
}
