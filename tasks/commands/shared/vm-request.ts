/** From a command line and the settings to what is asked of a VM. Pure, but for the working directory. */
import { resolve } from 'node:path';
import type { Settings } from '../../../config/settings.ts';
import type { DiskRequest, VmRequest } from '../../machine/request.ts';
import type { Call } from '../../cli/spec.ts';
import type { User } from '../../host/users.ts';
import { bridgeOf, isOverBridge } from '../../paths/over-bridge.ts';
import type { Forward } from '../../text/forwards.ts';
import { parseSize } from '../../text/values.ts';

const listOf = <T>(value: unknown): T[] => (Array.isArray(value) ? (value as T[]) : []);
const list = (value: unknown): string[] => listOf<string>(value);
const paths = (value: unknown, cwd: string): string[] => list(value).map((path) => resolve(cwd, path));

/** `2G` is a disk of that size for this run; `./2G`, and what names no unit, a file. */
function disks(value: unknown, cwd: string): DiskRequest[] {
  return list(value).map((word) => {
    const size = /^[\d.]+[KMGT](?:i?B)?$/i.test(word) ? parseSize(word) : undefined;
    return size !== undefined && 'value' in size ? size.value : resolve(cwd, word);
  });
}

/**
 * A VM as it was asked for. Where it names no kernel, it boots the one that the
 * targets build; its NICs are requested yet: `user`, or a bridge's name.
 */
export type AskedVm = Omit<VmRequest, 'kernel' | 'nics'> & {
  readonly kernel: string | undefined;
  readonly nics: readonly string[];
};

export function askedVm(call: Call, settings: Settings, cwd: string): AskedVm {
  const { options } = call;
  const kernel = options['kernel'];
  return {
    name: settings.vmName,
    qemu: settings.vmQemu,
    accel: settings.vmAccel,
    machine: settings.vmMachine,
    memoryBytes: settings.vmMemoryBytes,
    cpus: settings.vmCpus,
    kernel: typeof kernel === 'string' ? resolve(cwd, kernel) : undefined,
    kernelOptions: list(options['kopts']),
    nics: nicRequests(call, settings),
    command: call.guestCommand.length > 0 ? call.guestCommand : undefined,
    cwd,
    passEnv: list(options['passEnv']),
    files: settings.vmFiles,
    filesWatches: settings.vmFilesWatches,
    rwDirs: paths(options['rwDirs'], cwd),
    clearDirs: paths(options['clearDirs'], cwd),
    clearFiles: paths(options['clearFiles'], cwd),
    alsoRun: [],
    disks: disks(options['disks'], cwd),
    nvme: disks(options['nvme'], cwd),
    pmemBytes: listOf<number>(options['pmem']),
    numaNodes: (options['numa'] as number | undefined) ?? 1,
    forwards: listOf<Forward>(options['forward']),
    capture: typeof options['capture'] === 'string' ? { dir: resolve(cwd, options['capture']), mostBytes: settings.vmCaptureBytes } : undefined,
    qemuArgs: listOf<string[]>(options['qemuArg']),
    // `withUserFound` has put the user in place of its name.
    user: options['user'] as User | undefined,
    systemd: options['systemd'] === true,
    gdb: options['gdb'] === true ? 'waits' : options['gdbRun'] === true ? 'runs' : undefined,
    watchdog: options['watchdog'] === true,
    allowSudo: options['allowSudo'] === true,
    runAs: typeof options['runAs'] === 'string' ? options['runAs'] : undefined,
    timeoutMs: settings.vmTimeoutMs,
    bootTimeoutMs: settings.vmBootTimeoutMs,
    coreBytes: settings.vmCoreBytes,
    survivesOops: call.guestCommand.length === 0 && settings.vmShellOops === 'survive',
    verbose: options['dmesg'] === true,
  };
}

/** Whether a NIC is on the bridge that kloop makes. */
export const onOurBridge = ({ nics }: Pick<AskedVm, 'nics'>, settings: Settings): boolean => nics.some((nic) => bridgeOf(nic) === settings.bridgeName);

/** NICs in the order in which they were asked for; the setting's where the command line asks for none. */
export function nicRequests(call: Call, settings: Settings): readonly string[] {
  const asked = call.order.flatMap(({ name, value }) =>
    name === 'net' ? ['user'] : name === 'bridge' || (name === 'path' && isOverBridge(value as string)) ? [value as string] : []);
  const nics = asked.length > 0 ? asked : settings.vmNics;
  // Ports are forwarded by QEMU's own network alone.
  return call.options['forward'] === undefined || nics.includes('user') ? nics : [...nics, 'user'];
}
