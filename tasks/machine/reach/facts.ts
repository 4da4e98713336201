/** What is told of a VM to those who may want to reach it. */
import { dirname, join } from 'node:path';
import { linkTarget, textOf } from '../../host/files.ts';
import type { VmFacts } from '../../vms/entry.ts';
import type { GuestCommand, Nic, VmDescription } from '../description.ts';
import { userAddresses } from '../guest/config.ts';
import { symbolsPath } from '../qemu/symbols.ts';
import { symbolsOf } from './symbols-of.ts';

interface FactsOptions {
  /** As it was asked for: QEMU may have its kernel by a descriptor. */
  readonly machine: Pick<VmDescription, 'kernel' | 'memoryBytes' | 'cpus' | 'accel' | 'machine' | 'nics' | 'verbose'>;
  readonly command: GuestCommand | undefined;
  readonly qemuPid: number;
  readonly console: string;
  readonly stateDir: string;
  readonly runAs: boolean;
}

export function vmFacts({ machine, command, qemuPid, console, stateDir, runAs }: FactsOptions): VmFacts {
  const { path, image } = machine.kernel;
  const symbols = symbolsPath(path);
  // Where Kbuild built it. An installed image has no such place.
  const build = image.kind === 'vmlinux' || symbols !== path ? dirname(symbols) : undefined;
  const addresses = userAddresses(machine.nics);
  return {
    pid: process.pid, kloop: process.argv.slice(2), qemuPid, kernel: path, symbols: symbolsOf(path),
    tree: build === undefined ? undefined : linkTarget(join(build, 'source')) ?? build,
    release: image.kind === 'bzImage' ? image.release : build === undefined ? undefined : textOf(join(build, 'include/config/kernel.release'))?.trim(),
    command: command === undefined || command.terminal?.shell === true ? [] : command.argv.map(String),
    startedMs: Date.now(),
    memoryBytes: machine.memoryBytes, cpus: machine.cpus, accel: machine.accel, machine: machine.machine,
    nics: machine.nics.map(({ kind, mac }) => ({ kind, mac, address: addresses.find((one) => one.mac === mac)?.address })),
    lab: labOf(machine.nics),
    console, stateDir, verbose: machine.verbose, runAs,
  };
}

/** The directory of the wires. */
function labOf(nics: readonly Nic[]): VmFacts['lab'] {
  const wire = nics.find((nic) => nic.kind === 'path');
  return wire?.kind === 'path' ? { dir: dirname(wire.socket), role: wire.listens ? 'peer' : 'vm' } : undefined;
}
