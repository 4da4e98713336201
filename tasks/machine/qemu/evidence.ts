/**
 * Where a guest is that says nothing: asked of QEMU's monitor, so that it
 * works for a guest that takes no interrupts, and before its console is up.
 * (An NMI is no help on microvm: the kernel reads port 0x61 for the reason,
 * finds 0xff there, blames PCI and goes on. Measured, QEMU 7.2 and Linux 6.1.)
 */
import type { Monitor } from './monitor.ts';
import { nameAddress, type KernelSymbol } from './symbols.ts';

const stackWords = 256;
const shownCalls = 16;
/** The upper half of the address space is the kernel's. */
const firstKernelAddress = 1n << 63n;

/** The first processor's place and what its stack holds of return addresses, a line each. */
export async function whereItIs(monitor: Monitor, symbols: readonly KernelSymbol[]): Promise<string[]> {
  const registers = await human(monitor, 'info registers');
  const at = register(registers, 'RIP');
  const stack = register(registers, 'RSP');
  if (at === undefined || stack === undefined) return [];
  const words = stackValues(await human(monitor, `x /${stackWords}gx 0x${stack.toString(16)}`));
  if (at < firstKernelAddress) return ['Processor 0 is in user space.'];
  const halted = /HLT=1/.test(registers) ? ', halted' : '';
  const calls = words.flatMap((word) => nameAddress(symbols, word) ?? []).slice(0, shownCalls);
  return [
    `Processor 0 is at ${nameAddress(symbols, at) ?? `0x${at.toString(16)}`}${halted}`,
    ...(calls.length === 0 ? [] : ['On its stack:', ...calls.map((call) => `  ${call}`)]),
  ];
}

async function human(monitor: Monitor, line: string): Promise<string> {
  const answer = await monitor.ask('human-monitor-command', { 'command-line': line });
  return typeof answer === 'string' ? answer : '';
}

export function register(text: string, name: string): bigint | undefined {
  const match = new RegExp(`\\b${name}=([0-9a-f]+)`).exec(text);
  return match === null ? undefined : BigInt(`0x${match[1]}`);
}

/** `ffffffff82003e50: 0x0000000000000001 0x…` */
export function stackValues(text: string): bigint[] {
  return [...text.matchAll(/\s(0x[0-9a-f]{16})/g)].map((match) => BigInt(match[1] ?? '0'));
}
