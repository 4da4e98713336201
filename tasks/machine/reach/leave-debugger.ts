/**
 * After a debugger: one that was killed has left the guest stopped, with its
 * breakpoints in it. QEMU takes these out when a debugger detaches, so that is
 * done in its place, by gdb's remote protocol.
 */
import { connect } from 'node:net';
import type { Monitor } from '../qemu/monitor.ts';

const human = (monitor: Monitor, line: string) => monitor.ask('human-monitor-command', { 'command-line': line });

/** How long QEMU may take to let the guest go on; ms. */
const detachMs = 2000;

/** @param path of the socket that it was at */
export async function leaveDebugger(monitor: Monitor, path: string): Promise<void> {
  // One that still holds the connection has lost its kloop.
  await human(monitor, 'gdbserver none');
  await human(monitor, `gdbserver unix:${path},server=on,wait=off`);
  await detach(path);
  await human(monitor, 'gdbserver none');
  await monitor.ask('cont');
}

/**
 * A "D" packet, with its checksum, for QEMU's process 1, which it asks for once
 * a gdb has said that it knows several. QEMU stops the guest for whoever connects,
 * and lets it go on at this. A first byte that comes while the guest still runs
 * does nothing but stop it: a "+", which means nothing here.
 */
function detach(path: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(path, () => socket.write('+$D;1#b0'));
    const over = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve();
    };
    const timer = setTimeout(over, detachMs);
    socket.on('data', (chunk: Buffer) => { if (chunk.includes('OK')) over(); });
    socket.on('error', over);
    socket.on('close', over);
  });
}
