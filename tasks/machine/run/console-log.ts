/** Where a run's console is kept, and what is shown of it. */
import { readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { consoleLines } from '../../console/line.ts';
import { fileFailure } from '../../host/files.ts';
import { newLog } from '../../host/logs.ts';
import type { Result } from '../../report/failure.ts';

/** So many lines are shown. */
const tailLines = 60;

/** Leads to the console of a VM's newest run. */
export const newestConsole = (stateDir: string, name: string): string => join(stateDir, 'vm', name, 'console.log');

/** A new file for a run's console, which nobody else reads, there to be watched before QEMU writes to it; `console.log` beside it leads to the newest. */
export function newConsoleLog(link: string): Result<string> {
  const dir = dirname(link);
  try {
    const log = newLog(dir, 'console');
    writeFileSync(log, '', { mode: 0o600 });
    // In one step: another VM of this name may be starting, too, which has its own only later.
    symlinkSync(basename(log), `${log}.link`);
    renameSync(`${log}.link`, link);
    return log;
  } catch (error) {
    return fileFailure("keeping the VM's console", dir, error);
  }
}

/** What each boot says as an error: on a microvm, which has neither ACPI nor PCI; and of softdog beside ib700 (seen: 6.12). */
const harmless = /^(\[[ \d.]+\] )?(ACPI BIOS Error \(bug\): A valid RSDP was not found|PCI: Fatal: No config space access function found|watchdog: Software Watchdog: (cannot register miscdev on minor=130|a legacy watchdog module is probably present))/;

/** The last lines of one, without these. */
export const lastOf = (lines: readonly string[]): string[] => lines.filter((line) => !harmless.test(line)).slice(-tailLines);

/** All lines of one; none where nothing was kept. */
export function consoleOf(log: string): string[] {
  try {
    return consoleLines(readFileSync(log, 'utf8'));
  } catch {
    return [];
  }
}
