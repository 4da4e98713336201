/** What a kernel image is, told from its own bytes. Pure. */

/** A kernel image that QEMU may boot. */
export type KernelImage =
  /** An ELF file; `pvh`: it has the entry by which QEMU starts it directly. */
  | { readonly kind: 'vmlinux'; readonly pvh: boolean }
  | { readonly kind: 'bzImage'; readonly release: string | undefined };

/** Why a file cannot be booted here. */
export type NotBootable = { readonly wrong: 'not-a-kernel' | 'other-architecture' | 'is-32-bit'; readonly found: string };

const elfMachines: Readonly<Record<number, string>> = {
  2: 'SPARC', 3: 'x86 (32 bits)', 8: 'MIPS', 20: 'PowerPC', 21: 'PowerPC 64', 22: 's390', 40: 'ARM', 43: 'SPARC 64',
  183: 'arm64', 243: 'RISC-V', 258: 'LoongArch',
};
const x86_64 = 62;

/** Reads `size` bytes at `offset`; fewer at the file's end. */
export type ReadAt = (offset: number, size: number) => Buffer;

export function classifyImage(read: ReadAt): KernelImage | NotBootable {
  const head = read(0, 0x400);
  if (head.length < 0x40) return { wrong: 'not-a-kernel', found: head.length === 0 ? 'an empty file' : 'a file of a few bytes' };
  if (head.readUInt32BE(0) === 0x7f454c46) return classifyElf(head, read);
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

function classifyElf(head: Buffer, read: ReadAt): KernelImage | NotBootable {
  const little = head.readUInt8(5) === 1;
  const machine = little ? head.readUInt16LE(18) : head.readUInt16BE(18);
  if (machine === 3) return { wrong: 'is-32-bit', found: 'an ELF file for 32-bit x86' };
  if (machine !== x86_64) return { wrong: 'other-architecture', found: `an ELF file for ${elfMachines[machine] ?? `machine ${machine}`}` };
  // ET_EXEC, or ET_DYN whose first section is the kernel's: objects and shared libraries are neither.
  if (head.readUInt16LE(16) !== 2) return { wrong: 'not-a-kernel', found: 'an ELF file that is no vmlinux (an object, a module or a program)' };
  const notes = elfNotes(head, read);
  if (notes === undefined) return { wrong: 'not-a-kernel', found: 'a program, not a vmlinux' };
  return { kind: 'vmlinux', pvh: notes.some((note) => note.owner === 'Xen' && note.type === 18) };
}

interface Note {
  readonly owner: string;
  readonly type: number;
}

/** The notes of an ELF file; `undefined` where the file asks for an interpreter, as programs do. */
function elfNotes(head: Buffer, read: ReadAt): Note[] | undefined {
  const offset = Number(head.readBigUInt64LE(32));
  const size = head.readUInt16LE(54);
  const table = read(offset, size * head.readUInt16LE(56));
  const notes: Note[] = [];
  for (let at = 0; at + 56 <= table.length; at += size) {
    const type = table.readUInt32LE(at);
    if (type === 3) return undefined;
    if (type !== 4) continue;
    const segment = read(Number(table.readBigUInt64LE(at + 8)), Math.min(Number(table.readBigUInt64LE(at + 32)), 1 << 20));
    for (let n = 0; n + 12 <= segment.length;) {
      const nameSize = segment.readUInt32LE(n);
      const valueSize = segment.readUInt32LE(n + 4);
      notes.push({ owner: segment.toString('latin1', n + 12, n + 12 + Math.max(0, nameSize - 1)), type: segment.readUInt32LE(n + 8) });
      n += 12 + ((nameSize + 3) & ~3) + ((valueSize + 3) & ~3);
    }
  }
  return notes;
}

function releaseOf(head: Buffer, read: ReadAt): string | undefined {
  const pointer = head.readUInt16LE(0x20e);
  if (pointer === 0) return undefined;
  const text = read(pointer + 0x200, 128).toString('latin1');
  return /^[^\s\0]+/.exec(text)?.[0];
}
