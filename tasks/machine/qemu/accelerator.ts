/**
 * What really runs a guest here. /dev/kvm opens on hosts where QEMU then
 * aborts ("failed to set MSR 0x10a") or where the guest hangs for ever in real
 * mode (measured, on a host whose KVM is itself virtual): so a guest of six
 * instructions is run, under a deadline, and the verdict is remembered.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { startChild } from '../../host/processes/child.ts';
import { codeOf, findProgram, readText, writeWhole } from '../../host/files.ts';
import { scratchFile } from '../../host/scratch.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { hostFailure } from '../../host/reasons.ts';
import { machineFailure } from '../reasons.ts';

type KvmVerdict =
  | { readonly kvm: 'works' | 'missing' | 'permission' | 'hangs'; readonly said?: readonly string[] }
  | { readonly kvm: 'aborts'; readonly said: readonly string[] };

const verdicts: ReadonlySet<string> = new Set<KvmVerdict['kvm']>(['works', 'missing', 'permission', 'hangs', 'aborts']);

const probeDeadlineMs = 3000;
/** What the probe's guest writes to isa-debug-exit; QEMU exits with twice that and one. */
const marker = 0x2a;

/** A 64 KiB ROM that starts at the reset vector: mov al,marker; mov dx,0xf4; out dx,al; hlt; and again. */
function probeRom(): Buffer {
  const rom = Buffer.alloc(0x10000);
  Buffer.from([0xb0, marker, 0xba, 0xf4, 0x00, 0xee, 0xf4, 0xeb, 0xfd]).copy(rom, 0xfff0);
  return rom;
}

function probeArgv(qemu: string, accel: 'kvm' | 'tcg', rom: string): string[] {
  return [
    qemu, '-nodefaults', '-no-user-config', '-display', 'none', '-machine', 'q35', '-accel', accel,
    '-cpu', accel === 'kvm' ? 'host' : 'max', '-m', '16M', '-bios', rom,
    '-device', 'isa-debug-exit,iobase=0xf4,iosize=0x04', '-no-reboot',
  ];
}

interface ProbePlace {
  readonly qemu: string;
  readonly stateDir: string;
  readonly device?: string;
}

/** Asks once for each QEMU, host kernel and /dev/kvm; a permission error is not remembered. */
export async function kvmVerdict(place: ProbePlace): Promise<Result<KvmVerdict & { readonly known?: boolean }>> {
  const device = place.device ?? '/dev/kvm';
  const stat = statSync(device, { throwIfNoEntry: false });
  if (stat === undefined) return { kvm: 'missing' };
  try {
    accessSync(device, constants.R_OK | constants.W_OK);
  } catch (error) {
    return { kvm: codeOf(error) === 'EACCES' ? 'permission' : 'missing' };
  }
  const program = findProgram(place.qemu);
  if (program === undefined) return hostFailure({ reason: 'command-missing', doing: 'starting the VM', command: place.qemu });
  const { size, mtimeMs } = statSync(program);
  const key = [program, size, mtimeMs, release(), stat.rdev, stat.ctimeMs].join(' ');
  const path = join(place.stateDir, 'vm', 'kvm.json');
  const known = remembered(path, key);
  if (known !== undefined) return { ...known, known: true };
  const verdict = await runProbe(program, 'kvm', place.stateDir);
  if (isFailure(verdict)) return verdict;
  const kept = writeWhole(path, `${JSON.stringify({ key, verdict })}\n`);
  return isFailure(kept) ? kept : verdict;
}

function remembered(path: string, key: string): KvmVerdict | undefined {
  const text = readText(path);
  if (isFailure(text) || text === undefined) return undefined;
  try {
    const kept = JSON.parse(text) as { key?: string; verdict?: KvmVerdict };
    return kept.key === key && kept.verdict !== undefined && verdicts.has(kept.verdict.kvm) ? kept.verdict : undefined;
  } catch {
    return undefined;
  }
}

/** Runs the six instructions. */
export async function runProbe(qemu: string, accel: 'kvm' | 'tcg', stateDir: string): Promise<Result<KvmVerdict>> {
  const rom = scratchFile(join(stateDir, 'vm'), probeRom());
  if (isFailure(rom)) return rom;
  const child = await startChild({ argv: probeArgv(qemu, accel, '/dev/fd/3'), sockets: 0, files: [rom.fd] });
  rom.close();
  if (isFailure(child)) return child;
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill();
  }, probeDeadlineMs);
  const end = await child.ended;
  clearTimeout(timer);
  if (late) return { kvm: 'hangs', said: child.said.slice(-5) };
  return end.code === marker * 2 + 1 ? { kvm: 'works' } : { kvm: 'aborts', said: child.said.slice(-5) };
}

/** Which accelerator to use; a line for the person where the choice is not what they might expect. */
export async function chooseAccelerator(wanted: 'auto' | 'kvm' | 'tcg', place: ProbePlace): Promise<Result<{ accel: 'kvm' | 'tcg'; note?: string | undefined }>> {
  if (wanted === 'tcg') return { accel: 'tcg' };
  const verdict = await kvmVerdict(place);
  if (isFailure(verdict)) return verdict;
  if (verdict.kvm === 'works') return { accel: 'kvm' };
  if (wanted === 'kvm') return machineFailure({ reason: 'kvm-refused', why: verdict.kvm, said: verdict.said ?? [] });
  // Said when it is found out, not at each boot; a permission can be fixed, and is said until it is.
  return verdict.known ? { accel: 'tcg' } : { accel: 'tcg', note: notes[verdict.kvm] };
}

const notes: Readonly<Record<Exclude<KvmVerdict['kvm'], 'works'>, string | undefined>> = {
  missing: undefined,
  permission: 'emulating the processor: you have no permission to open /dev/kvm (fix: sudo usermod -aG kvm "$USER", and log in again)',
  aborts: 'emulating the processor: /dev/kvm exists, but QEMU exits immediately when it uses it',
  hangs: 'emulating the processor: /dev/kvm exists, but a guest hangs when it uses it',
};
