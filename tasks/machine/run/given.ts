/** What QEMU is given with a boot: files that it inherits, the guest's initramfs. */
import { closeSync, fchownSync, openSync, readFileSync } from 'node:fs';
import { fileFailure } from '../../host/files.ts';
import { scratchSpace } from '../../host/scratch.ts';
import type { User } from '../../host/users.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import type { GuestConfig } from '../description.ts';
import { encodeGuestConfig } from '../guest/config.ts';
import { guestInit } from '../guest/place.ts';
import { packInitramfs } from '../qemu/initramfs.ts';
import type { Prepared } from './prepare.ts';

/** What QEMU inherits, and for what. */
interface Opened {
  readonly use: string;
  readonly fd: number;
}

/**
 * Disks that are made for this run, which have no name; and for a QEMU that
 * runs with another user's rights the kernel, the console's log and the other
 * disks, opened with ours.
 */
export function openFor(user: User | undefined, machine: Prepared['machine'], log: string, dir: string): Result<Opened[]> {
  const opened: Opened[] = [];
  const wanted: [use: string, path: string, flags: string][] = user === undefined ? [] : [
    ['kernel', machine.kernel.path, 'r'], ['log', log, 'w'],
    ...machine.disks.filter(({ madeBytes }) => madeBytes === undefined).flatMap(({ serial, path }): [string, string, string][] => [[`write ${serial}`, path, 'r+'], [`read ${serial}`, path, 'r']]),
  ];
  const give = <T>(failure: T): T => {
    for (const { fd } of opened) closeSync(fd);
    return failure;
  };
  for (const [use, path, flags] of wanted) {
    try {
      const fd = openSync(path, flags);
      opened.push({ use, fd });
      if (user !== undefined && use === 'log') fchownSync(fd, user.uid, user.gid);
    } catch (error) {
      return give(fileFailure('opening a file for the VM', path, error));
    }
  }
  for (const { serial, madeBytes } of machine.disks) {
    const made = madeBytes === undefined ? undefined : scratchSpace(dir, madeBytes);
    if (isFailure(made)) return give(made);
    if (made !== undefined) opened.push({ use: `write ${serial}`, fd: made.write }, { use: `read ${serial}`, fd: made.read });
  }
  return opened;
}

/** The initramfs: the guest's init and its configuration, after an archive of modules where there is one. */
export function guestInitramfs(stateDir: string, config: GuestConfig, modules: Buffer = Buffer.alloc(0)): Result<Buffer> {
  const path = guestInit(stateDir);
  try {
    const init = readFileSync(path);
    return Buffer.concat([modules, packInitramfs([
      { path: 'dev', kind: 'dir' },
      // The kernel opens it for init's own messages before devtmpfs is there.
      { path: 'dev/console', kind: 'device', major: 5, minor: 1 },
      { path: 'init', kind: 'file', data: init, executable: true },
      { path: 'config', kind: 'file', data: encodeGuestConfig(config) },
    ])]);
  } catch (error) {
    return fileFailure("reading the guest's init", path, error);
  }
}
