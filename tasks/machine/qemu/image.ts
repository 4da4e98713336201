/** What a kernel image is, told from its own bytes. Pure. */
import { elfHeader, elfNotes, elfSegments, type ElfHeader, type ReadAt } from '../../host/elf.ts';
import type { KernelImage } from '../description.ts';

/** Why a file cannot be booted here. */
type NotBootable = { readonly wrong: 'not-a-kernel' | 'other-architecture' | 'is-32-bit'; readonly found: string };

const elfMachines: Readonly<Record<number, string>> = {
  2: 'SPARC', 3: 'x86 (32 bits)', 8: 'MIPS', 20: 'PowerPC', 21: 'PowerPC 64', 22: 's390', 40: 'ARM', 43: 'SPARC 64',
  183: 'arm64', 243: 'RISC-V', 258: 'LoongArch',
};
const x86_64 = 62;

export function classifyImage(read: ReadAt): KernelImage | NotBootable {
  const head = read(0, 0x400);
  if (head.length < 0x40) return { wrong: 'not-a-kernel', found: head.length === 0 ? 'an empty file' : 'a file of a few bytes' };
  const elf = elfHeader(read);
  if (elf !== undefined) return classifyElf(elf, read);
  // The Linux/x86 boot protocol's header (Documentation/arch/x86/boot.rst).
  if (head.length >= 0x240 && head.toString('latin1', 0x202, 0x206) === 'HdrS') {
    const sixtyFour = head.readUInt16LE(0x206) >= 0x20c && (head.readUInt16LE(0x236) & 1) === 1;
    return sixtyFour ? { kind: 'bzImage', release: releaseOf(head, read) } : { wrong: 'is-32-bit', found: 'a bzImage for 32-bit x86' };
  }
  if (head.toString('latin1', 0x38, 0x3c) === 'ARM\x64') return { wrong: 'other-architecture', found: 'a kernel for arm64' };
  if (head.toString('latin1', 0x30, 0x35) === 'RISCV') return { wrong: 'other-architecture', found: 'a kernel for RISC-V' };
  if (head.readUInt16BE(0) === 0x1f8b) return { wrong: 'not-a-kernel', found: 'a gzip file' };
  if (head.toString('latin1', 0, 2) === '#!') return { wrong: 'not-a-kernel', found: 'a script' };
  return { wrong: 'not-a-kernel', found: 'neither an ELF vmlinux nor a bzImage' };
}

function classifyElf({ machine, type }: ElfHeader, read: ReadAt): KernelImage | NotBootable {
  if (machine === 3) return { wrong: 'is-32-bit', found: 'an ELF file for 32-bit x86' };
  if (machine !== x86_64) return { wrong: 'other-architecture', found: `an ELF file for ${elfMachines[machine] ?? `machine ${machine}`}` };
  // ET_EXEC, or ET_DYN whose first section is the kernel's: objects and shared libraries are neither.
  if (type !== 2) return { wrong: 'not-a-kernel', found: "an ELF file that isn't a vmlinux (an object, a module or a program)" };
  const segments = elfSegments(read);
  if (segments.some((segment) => segment.type === interpreter)) return { wrong: 'not-a-kernel', found: 'a program, not a vmlinux' };
  return { kind: 'vmlinux', pvh: elfNotes(read).some(({ owner, type: kind }) => owner === 'Xen' && kind === 18) };
}

/** Type of a segment. */
const interpreter = 3;

function releaseOf(head: Buffer, read: ReadAt): string | undefined {
  const pointer = head.readUInt16LE(0x20e);
  if (pointer === 0) return undefined;
  const text = read(pointer + 0x200, 128).toString('latin1');
  return /^[^\s\0]+/.exec(text)?.[0];
}
