/**
 * The initramfs: a cpio archive of the "newc" kind, as the kernel's
 * Documentation/driver-api/early-userspace/buffer-format.rst has it. Pure.
 */

type Entry =
  | { readonly path: string; readonly kind: 'dir' }
  | { readonly path: string; readonly kind: 'file'; readonly data: Buffer; readonly executable?: boolean }
  | { readonly path: string; readonly kind: 'device'; readonly major: number; readonly minor: number };

const pad = (size: number): Buffer => Buffer.alloc((4 - (size % 4)) % 4);

function record(ino: number, name: string, mode: number, data: Buffer, device: readonly [number, number] = [0, 0]): Buffer[] {
  const nameBytes = Buffer.from(`${name}\0`);
  const numbers = [ino, mode, 0, 0, 1, 0, data.length, 0, 0, device[0], device[1], nameBytes.length, 0];
  const head = Buffer.from(`070701${numbers.map((n) => n.toString(16).padStart(8, '0')).join('')}`);
  return [head, nameBytes, pad(head.length + nameBytes.length), data, pad(data.length)];
}

const none = Buffer.alloc(0);

/** Packs entries; a directory must come before what is in it. */
export function packInitramfs(entries: readonly Entry[]): Buffer {
  const parts = entries.flatMap((entry, i) => {
    switch (entry.kind) {
      case 'dir': return record(i + 1, entry.path, 0o040755, none);
      case 'file': return record(i + 1, entry.path, 0o100000 | (entry.executable ? 0o755 : 0o600), entry.data);
      case 'device': return record(i + 1, entry.path, 0o020600, none, [entry.major, entry.minor]);
    }
  });
  const packed = Buffer.concat([...parts, ...record(0, 'TRAILER!!!', 0, none)]);
  return Buffer.concat([packed, Buffer.alloc((512 - (packed.length % 512)) % 512)]);
}
