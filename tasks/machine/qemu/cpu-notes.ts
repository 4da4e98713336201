/**
 * The registers of a dump's CPUs (ELF's notes NT_PRSTATUS), as QEMU notes them:
 * each with the CPU's number, from 1 on, where the kernel itself notes the pid of
 * the task that runs there. drgn takes them for that task's: so a task that
 * sleeps, as init does, would be shown where its CPU is. Pure.
 */

const noteHead = 12;
const prstatus = 1;
/** In elf_prstatus of x86-64. */
const pidAt = 32;

const padded = (size: number): number => 4 * Math.ceil(size / 4);

/** The notes with 0, the idle task's pid, for the number of each CPU; whichever task runs there. */
export function withoutCpuNumbers(notes: Buffer): Buffer {
  const changed = Buffer.from(notes);
  for (let at = 0; at + noteHead <= changed.length;) {
    const [nameSize, size, type] = [changed.readUInt32LE(at), changed.readUInt32LE(at + 4), changed.readUInt32LE(at + 8)];
    const start = at + noteHead + padded(nameSize);
    at = start + padded(size);
    if (type === prstatus && changed.toString('latin1', start - padded(nameSize), start).startsWith('CORE\0') && size >= pidAt + 4 && at <= changed.length) changed.writeUInt32LE(0, start + pidAt);
  }
  return changed;
}
