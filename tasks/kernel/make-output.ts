/** What make prints while it builds a kernel, understood. Pure. */

/** One line by which Kbuild says what it does: `  CC      net/mptcp/pm.o`. */
export interface Step {
  /** `CC`, `LD`, `AR`, … */
  readonly verb: string;
  /** What is made, as make names it. */
  readonly target: string;
}

const stepLine = /^ {2}([A-Z][A-Z0-9_.]*)(?: \[M\])?\s+(\S+)$/;

export function parseStep(line: string): Step | undefined {
  const match = stepLine.exec(line);
  return match === null ? undefined : { verb: match[1] ?? '', target: match[2] ?? '' };
}

/** Steps that look at a source and make nothing of that name. (Kbuild, tools/, 4.1 to 6.18) */
const onlyLooks = /^(?:CHK\w*|CHECK\w*|CALL|DESCEND|TEST|VALIDATE)$/;

/** The files that a step makes: `x509.asn1.[ch]` are two. */
export function madeBy(step: Step): string[] {
  if (onlyLooks.test(step.verb)) return [];
  const set = /^(.*)\[(\w+)\]$/.exec(step.target);
  return set === null ? [step.target] : [...(set[2] ?? '')].map((letter) => `${set[1] ?? ''}${letter}`);
}

/** Lines that belong together: all that a tool said of one place. */
export interface Diagnostic {
  readonly kind: 'error' | 'warning' | 'other';
  readonly lines: readonly string[];
}

const prefix = /^(In file included from |\s+from |\S+: (In function|In member|At top level|In .*function|Assembler messages))/;
const located = /^\S+?:\d+(:\d+)?: (fatal error|error|Error|warning|Warning|note): /;
const continued = /^\s+(\d+ )?\|| {2,}\S/;
const ownWords = /^(make(\[\d+\])?: |ccache: |distcc\[\d+\] )/;
const otherError = /undefined reference|multiple definition|^(ERROR|FATAL|error): |: (error|fatal error|Error): |\berror: |not found|No such file|Permission denied|No space left|Disk quota|Killed|cannot |BTF: /;

/** Standard error, cut into what was said of each place, in the order in which it came. make's own words are left out. */
export function diagnostics(lines: readonly string[]): Diagnostic[] {
  const found: { kind: Diagnostic['kind']; lines: string[] }[] = [];
  let pending: string[] = [];
  let open: { kind: Diagnostic['kind']; lines: string[] } | undefined;
  for (const line of lines) {
    if (ownWords.test(line) || line.trim() === '') {
      open = undefined;
      continue;
    }
    const place = located.exec(line);
    if (place !== null) {
      const kind = /error/i.test(place[2] ?? place[0].split(': ')[1] ?? '') ? 'error' : /warning/i.test(place[0]) ? 'warning' : 'other';
      if (/: note: $/.test(place[0]) && open !== undefined && pending.length === 0) open.lines.push(line);
      else {
        open = { kind, lines: [...pending, line] };
        found.push(open);
        pending = [];
      }
    } else if (prefix.test(line)) {
      pending.push(line);
    } else if (continued.test(line) && open !== undefined) {
      open.lines.push(line);
    } else {
      open = { kind: otherError.test(line) ? 'error' : /warning/i.test(line) ? 'warning' : 'other', lines: [...pending, line] };
      found.push(open);
      pending = [];
    }
  }
  if (pending.length > 0) found.push({ kind: 'other', lines: pending });
  return found;
}

/** The files that diagnostics name, with a line each: sources, headers, makefiles, Kconfig files; as the tools write them. */
export function filesNamed(lines: readonly string[]): string[] {
  return [...new Set(lines.flatMap((line) => /^([^\s:]+\.\w+|[^\s:]*(?:Makefile|Kconfig|Kbuild)[^\s:]*):\d+/.exec(line)?.[1] ?? []))];
}

/** The targets that make says failed: `make[3]: *** [scripts/Makefile.build:250: net/mptcp/pm.o] Error 1`. The innermost come first. */
export function failedTargets(lines: readonly string[]): string[] {
  const failed = lines.map((line) => /^make(?:\[\d+\])?: \*\*\* \[(?:.*: )?([^\]]+)\] /.exec(line)?.[1]).filter((target) => target !== undefined);
  // Each make above repeats it for the directory it descended into.
  const files = failed.filter((target) => /\.\w+$/.test(target));
  return [...new Set(files.length > 0 ? files : failed)];
}

/** Why it failed, where that is not the code's fault. */
export function outsideCause(lines: readonly string[]): 'no-space' | 'killed' | undefined {
  if (lines.some((line) => /No space left on device|Disk quota exceeded/.test(line))) return 'no-space';
  if (lines.some((line) => /Killed signal terminated program|\bError 137$|: Killed$/.test(line))) return 'killed';
  return undefined;
}

/**
 * How many steps a first build has, about: 1,590 were counted for vmlinux on 6.1
 * with 506 enabled options.
 */
export function estimateSteps(configText: string): number {
  return Math.round((configText.match(/^CONFIG_\w+=y$/gm) ?? []).length * 3.1);
}
