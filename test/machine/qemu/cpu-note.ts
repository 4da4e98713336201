/** An ELF note of a dump: all of its `size` bytes are `byte`. */
export function cpuNote(name: string, type: number, size: number, byte: number): Buffer {
  const head = Buffer.alloc(12 + 8);
  for (const [i, value] of [name.length + 1, size, type].entries()) head.writeUInt32LE(value, 4 * i);
  head.write(name, 12);
  return Buffer.concat([head, Buffer.alloc(size, byte)]);
}
