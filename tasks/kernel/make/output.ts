/** What make prints while it builds a kernel, understood. Pure. */

/** One line by which Kbuild says what it does: `  CC      net/mptcp/pm.o`. */
interface Step {
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

/** Steps that look at a source and make nothing of that name. (6.1; the verbs of others from memory) */
const onlyLooks = /^(?:CHK\w*|CHECK\w*|CALL|DESCEND|TEST|VALIDATE)$/;

/** The files that a step makes: `x509.asn1.[ch]` are two. */
export function madeBy(step: Step): string[] {
  if (onlyLooks.test(step.verb)) return [];
  const set = /^(.*)\[(\w+)\]$/.exec(step.target);
  return set === null ? [step.target] : [...(set[2] ?? '')].map((letter) => `${set[1] ?? ''}${letter}`);
}

/** Lines that belong together: all that a tool said of one place. */
interface Diagnostic {
  readonly kind: 'error' | 'warning' | 'other';
  readonly lines: readonly string[];
}

// The linker names the function, and in the next line what it wants; `ld: ` before it since binutils 2.31.
const prefix = /^(In file included from |\s+from |\S+: (In function \u2018|In member|At top level|In .*function \u2018|Assembler messages)|(\S+: )?\S+: in function [`'].*:$)/i;
const located = /^\S+?:\d+(:\d+)?: (fatal error|error|Error|warning|Warning|note): /;
// rustc puts the place in a line of its own, after what it says; its rows may begin in the first column.
const continued = /^\s*(\d+ +)?\|| {2,}\S|^>>> |^(\S*\bld(\.\w+)?: )?NOTE: |: first defined here$|^ +(-->|:::) |^\.\.\.$|^(note|help): /;
const ownWords = /^(make(\[\d+\])?: |ccache: |distcc\[\d+\] )/;
const otherError = /undefined reference|multiple definition|in discarded section|relocation truncated|^\S*\bld(\.\w+)?:(?! warning: )|^kallsyms failure|for kallsyms|[Ii]nconsistent kallsyms|^(FAILED|ERROR|FATAL|error(\[E\d+\])?): |: (error|fatal error|Error): |\berror: |not found|No such file|Permission denied|No space left|Disk quota|Killed|cannot |BTF: /;

const modpostsOwn = /^(WARNING|ERROR|FATAL): (modpost: |\S+: Section mismatch|\S+\(\S+\): Section mismatch)/;
/** A line that says something new, rather than goes on. */
const statement = /^(WARNING|ERROR|FATAL): |^\S+: /;

/** Standard error, cut into what was said of each place, in the order in which it came. make's own words are left out. */
export function diagnostics(lines: readonly string[]): Diagnostic[] {
  const found: { kind: Diagnostic['kind']; lines: string[] }[] = [];
  let pending: string[] = [];
  let open: { kind: Diagnostic['kind']; lines: string[] } | undefined;
  let ofModpost = false;
  for (const line of lines) {
    // modpost explains itself in lines of bare words.
    if (ofModpost && open !== undefined && !statement.test(line) && !ownWords.test(line)) {
      if (line.trim() !== '') open.lines.push(line);
      continue;
    }
    ofModpost = modpostsOwn.test(line);
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

/** The tools after the compiler; each names itself in what it says. */
const tools = { modpost: /\bmodpost\b|[Ss]ection mismatch/, objtool: /: objtool: /, kallsyms: /kallsyms/, btf: /BTF|^WARN: resolve_btfids/, ld: /^\S*\bld(\.\w+)?: |^>>> |undefined reference|multiple definition|discarded section/ } as const;
type Tool = keyof typeof tools;

function toolOf({ lines }: Diagnostic): Tool | undefined {
  return (Object.keys(tools) as Tool[]).find((tool) => lines.some((line) => tools[tool].test(line)));
}

/**
 * What is to be shown of a failure: the errors, and what the tool that failed
 * said before them as warnings. Often that is the cause, and the error but
 * counts them (modpost's section mismatches), or there is no error at all
 * (objtool's). Warnings of objects that were made are left out. As they came;
 * where they are more than `most` lines, errors go first.
 */
export function saidOfFailure(found: readonly Diagnostic[], failed: readonly string[], most: number): string[] {
  const failing = new Set(found.flatMap((one) => (one.kind === 'error' ? toolOf(one) ?? [] : [])));
  const stems = failed.filter((target) => /\.\w+$/.test(target)).map((target) => target.replace(/\.\w+$/, '.'));
  // The link has no sources of its own: what is said there without a place is its own.
  const linking = failed.length > 0 && failed.every(isLinked);
  const belongs = (one: Diagnostic) => {
    const tool = toolOf(one);
    if (stems.some((stem) => one.lines.some((line) => line.includes(stem)))) return true;
    if (tool === 'objtool') return linking && one.lines.some((line) => line.startsWith('vmlinux'));
    if (tool !== undefined) return failing.has(tool) || failing.size === 0 && linking;
    return linking && one.kind === 'other';
  };
  let room = most;
  const shown = new Set<Diagnostic>();
  for (const kinds of [['error'], ['warning', 'other']]) {
    for (const one of found) {
      if (!kinds.includes(one.kind) || one.kind !== 'error' && !belongs(one) || room <= 0) continue;
      shown.add(one);
      room -= one.lines.length;
    }
  }
  return found.filter((one) => shown.has(one)).flatMap(({ lines }) => lines).slice(0, most);
}

/** What the last steps make of all objects: modpost's lists, and vmlinux by way of others. */
export function isLinked(target: string): boolean {
  return /(^|\/)(vmlinux(\.\w+)*|\.tmp_vmlinux\S*|\.tmp_System\.map|\S*\.symvers|modules-only\.symvers|modpost|__modpost)$/.test(target);
}

/** The files that diagnostics name, with a line each: sources, headers, makefiles, Kconfig files; as the tools write them. */
export function filesNamed(lines: readonly string[]): string[] {
  return [...new Set(lines.flatMap((line) => /^(?: +--> )?([^\s:]+\.\w+|[^\s:]*(?:Makefile|Kconfig|Kbuild)[^\s:]*):\d+/.exec(line)?.[1] ?? []))];
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

/** What make was to make and knows no way to: an object, say, whose source the tree does not have. */
export function withoutRule(lines: readonly string[]): string[] {
  return [...new Set(lines.flatMap((line) => /No rule to make target ['`]([^']+)', needed by/.exec(line)?.[1] ?? []))];
}

/**
 * How many steps a first build has, about: 1,590 were counted for vmlinux on 6.1
 * with 506 enabled options.
 */
export function estimateSteps(configText: string): number {
  return Math.round((configText.match(/^CONFIG_\w+=[ym]$/gm) ?? []).length * 3.1);
}
