/** What is told of a VM to those who may want to reach it. */
import { existsSync } from 'node:fs';
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
  // As Kbuild has a build directory. An installed image has no such place, nor has a copy.
  const kept = existsSync(join(dirname(symbols), '.config')) ? dirname(symbols) : undefined;
  const addresses = userAddresses(machine.nics);
  return {
    pid: process.pid, kloop: process.argv.slice(2), qemuPid, kernel: path, symbols: symbolsOf(path),
    // A watch keeps its kernel elsewhere.
    build: kept === undefined ? undefined : linkTarget(join(kept, 'build')) ?? kept,
    tree: kept === undefined ? undefined : linkTarget(join(kept, 'source')) ?? kept,
    release: image.kind === 'bzImage' ? image.release : kept === undefined ? undefined : textOf(join(kept, 'include/config/kernel.release'))?.trim(),
    command: command === undefined || command.terminal?.shell === true ? [] : command.argv.map(String),
    startedMs: Date.now(),
    memoryBytes: machine.memoryBytes, cpus: machine.cpus, accel: machine.accel, machine: machine.machine,
    nics: machine.nics.map((nic) => ({ kind: nic.kind, mac: nic.mac, address: addresses.find(({ mac }) => mac === nic.mac)?.address, over: nic.kind === 'tap' ? nic.over : undefined })),
    lab: labOf(machine.nics),
    console, stateDir, verbose: machine.verbose, runAs,
  };
}

/** The directory of the wires. */
function labOf(nics: readonly Nic[]): VmFacts['lab'] {
  const wire = nics.find((nic) => nic.kind === 'path');
  return wire?.kind === 'path' ? { dir: dirname(wire.socket), role: wire.listens ? 'peer' : 'vm' } : undefined;
}
