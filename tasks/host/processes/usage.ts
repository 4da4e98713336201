/** What a running process has cost, by /proc (proc(5)). */
import { readFileSync } from 'node:fs';

/** The memory that a process holds now, in MiB. */
export function memoryMib(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN) / 1024;
}

/** The processor time that a process has had, in ms; the kernel counts it in 1/100 s (USER_HZ). */
export function processorMs(pid: number): number {
  const [user = 0, system = 0] = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ').slice(11, 13).map(Number);
  return (user + system) * 10;
}
