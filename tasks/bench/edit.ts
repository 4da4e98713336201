/** Edits to a source of the kernel, which are taken back. */
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A source and a header that are edited, as the kernel's tree names them. */
interface MeasuredFiles {
  readonly source: string;
  readonly header: string;
}

/** Multipath TCP's, of Linux's own (5.6 and newer) and out of tree; else TCP's. */
const measured: readonly [MeasuredFiles, ...MeasuredFiles[]] = [
  { source: 'net/ipv4/tcp.c', header: 'include/net/tcp.h' },
  { source: 'net/mptcp/protocol.c', header: 'net/mptcp/protocol.h' },
  { source: 'net/mptcp/mptcp_ctrl.c', header: 'include/net/mptcp.h' },
];

/** @param build a build directory: what is edited is a part of the kernel that was built there */
export function measuredFiles(build: string): MeasuredFiles {
  const [otherwise, ...wanted] = measured;
  return wanted.find(({ source }) => existsSync(join(build, source.replace(/c$/, 'o')))) ?? otherwise;
}

/**
 * One file's edits: each save has another content, and its own time. Nor did any run before this
 * one have that content: from the second run on ccache would have what make compiles by its
 * preprocessed text, and not what kloop compiles in depend mode, or the other way round.
 */
export interface Edit {
  save(): void;
  restore(): void;
}

export function editOf(path: string): Edit {
  const original = withoutEdits(readFileSync(path, 'utf8'));
  const { atime, mtime } = statSync(path);
  const run = randomBytes(4).toString('hex');
  let count = 0;
  const header = path.endsWith('.h');
  return {
    save: () => {
      // A declaration: what includes it is really compiled, where ccache would see through an unused macro.
      const line = header ? `extern int kloop_bench_${run}_${++count};\n` : `static const char kloop_bench[] __attribute__((used)) = "${run} ${++count}";\n`;
      const end = header ? endOfHeader(original) : original.length;
      writeFileSync(path, `${original.slice(0, end)}${line}${original.slice(end)}`);
    },
    restore: () => {
      writeFileSync(path, original);
      utimesSync(path, atime, mtime);
    },
  };
}

/** Without what a measurement added that was killed before it could take it back. Pure. */
export function withoutEdits(text: string): string {
  return text.replaceAll(/^(?:extern int kloop_bench_\w+|static const char kloop_bench\[\] __attribute__\(\(used\)\) = "[\da-f ]+");\n/gm, '');
}

/** Where a header can be added to: before its guard's end, where it has one. Pure. */
export function endOfHeader(text: string): number {
  const guard = /^[ \t]*#[ \t]*endif\b[^\n]*\s*$(?![^])/m.exec(text);
  return guard?.index ?? text.length;
}
