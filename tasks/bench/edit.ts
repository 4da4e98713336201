/** Edits to a source of the kernel, which are taken back. */
import { readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';

/** One file's edits: each save has another content, and its own time. */
export interface Edit {
  save(): void;
  restore(): void;
}

export function editOf(path: string): Edit {
  const original = readFileSync(path, 'utf8');
  const { atime, mtime } = statSync(path);
  let count = 0;
  const header = path.endsWith('.h');
  return {
    save: () => {
      const line = header ? `#define KLOOP_BENCH ${++count}\n` : `static const char kloop_bench[] __attribute__((used)) = "${++count}";\n`;
      const guard = header ? original.lastIndexOf('#endif') : original.length;
      writeFileSync(path, `${original.slice(0, guard)}${line}${original.slice(guard)}`);
    },
    restore: () => {
      writeFileSync(path, original);
      utimesSync(path, atime, mtime);
    },
  };
}
