/** The lines of fragments and of .config, parsed. Pure. */

/** An option's value as a .config writes it: 'y', 'm', '64', '"text"'; `n` stands for "is not set". */
export type Value = string;

/** The versions of Linux that a request is for: `from` and newer, older than `before`. */
interface Versions {
  readonly from?: readonly [major: number, minor: number];
  readonly before?: readonly [major: number, minor: number];
}

/** One request of a fragment, and where it stands. */
export interface RequestedOption {
  readonly option: string;
  readonly value: Value;
  /** Absent: for all versions. */
  readonly versions?: Versions;
  readonly file: string;
  readonly line: number;
}

/** A fragment's requests in order, and what is wrong with it: 'kernel.config:12: …'. */
export interface Fragment {
  readonly requested: readonly RequestedOption[];
  readonly wrong: readonly string[];
}

const setting = /^CONFIG_(\w+)=(.*)$/;
const unset = /^# CONFIG_(\w+) is not set$/;
const aValue = /^(?:[ymn]|-?\d+|0[xX][0-9a-fA-F]+|"(?:[^"\\]|\\.)*")$/;

/**
 * Parses a fragment. A comment may follow a value, as nowhere else in Kconfig:
 * it is too natural to refuse, and the kernel's own parser would take it for
 * the value. Where it begins with versions, as in `# before 5.11: why`,
 * `# from 4.14: why` or `# from 4.14, before 5.11: why`, the request is for
 * those alone. An option asked for twice with different values in one file is
 * an error, unless that is for different versions: only one of them can be
 * meant.
 */
export function parseFragment(text: string, file: string): Fragment {
  const requested: RequestedOption[] = [];
  const wrong: string[] = [];
  const seen = new Map<string, RequestedOption>();
  for (const [index, raw] of text.split('\n').entries()) {
    const trimmed = raw.trim();
    const at = `${file}:${index + 1}`;
    const request = requestOf(trimmed);
    if (request === undefined) {
      if (trimmed !== '' && !trimmed.startsWith('#')) wrong.push(`${at}: '${trimmed}' isn't a setting${hint(trimmed)}`);
      continue;
    }
    if (!aValue.test(request.value)) {
      wrong.push(`${at}: CONFIG_${request.option}: '${request.value}' isn't a value (y, m, n, a number, or a text in double quotes)`);
      continue;
    }
    const key = `${request.option} ${JSON.stringify(request.versions)}`;
    const before = seen.get(key);
    if (before !== undefined && before.value !== request.value) {
      wrong.push(`${at}: CONFIG_${request.option}=${request.value}, but line ${before.line} says ${before.value}`);
      continue;
    }
    if (before !== undefined) continue;
    const whole = { ...request, file, line: index + 1 };
    seen.set(key, whole);
    requested.push(whole);
  }
  return { requested, wrong };
}

function requestOf(line: string): Pick<RequestedOption, 'option' | 'value' | 'versions'> | undefined {
  const not = unset.exec(line);
  if (not !== null) return { option: not[1] ?? '', value: 'n' };
  const set = setting.exec(line);
  if (set === null) return undefined;
  const value = (set[2] ?? '').trim();
  const plain = /^("(?:[^"\\]|\\.)*"|[^\s#]*)\s+#(.*)$/.exec(value);
  const versions = versionsOf(plain?.[2] ?? '');
  return { option: set[1] ?? '', value: plain?.[1] ?? value, ...(versions === undefined ? {} : { versions }) };
}

/** The versions that a comment begins with; `undefined` where it begins otherwise. */
function versionsOf(comment: string): Versions | undefined {
  const [, from, before] = /^\s*(?:from (\d+\.\d+))?(?:(?:, | )?before (\d+\.\d+))?:/.exec(comment) ?? [];
  if (from === undefined && before === undefined) return undefined;
  const numbers = (text: string): [number, number] => text.split('.').map(Number) as [number, number];
  return { ...(from === undefined ? {} : { from: numbers(from) }), ...(before === undefined ? {} : { before: numbers(before) }) };
}

/** Whether a request is for this version of Linux. */
export function isFor({ versions = {} }: Pick<RequestedOption, 'versions'>, version: { readonly major: number; readonly minor: number }): boolean {
  const older = ([major, minor]: readonly [number, number]) => version.major < major || (version.major === major && version.minor < minor);
  return !(versions.from !== undefined && older(versions.from)) && (versions.before === undefined || older(versions.before));
}

function hint(line: string): string {
  const bare = /^([A-Z0-9_]+)\s*=\s*(.+)$/.exec(line);
  if (bare === null) return '';
  const name = (bare[1] ?? '').replace(/^CONFIG_/, '');
  return `; did you mean CONFIG_${name}=${bare[2] ?? ''}?`;
}

/** The requested options of several fragments; a later one overrides an earlier one. */
export function mergeRequested(fragments: readonly Fragment[]): RequestedOption[] {
  const merged = new Map<string, RequestedOption>();
  for (const { requested } of fragments) {
    for (const request of requested) {
      merged.delete(request.option);
      merged.set(request.option, request);
    }
  }
  return [...merged.values()];
}

/** Requested options as the kernel's own tools read them. */
export function requestedText(requested: readonly RequestedOption[]): string {
  return requested.map((request) => `${optionLine(request.option, request.value)}\n`).join('');
}

export function optionLine(option: string, value: Value): string {
  return value === 'n' ? `# CONFIG_${option} is not set` : `CONFIG_${option}=${value}`;
}

/** The values of a .config; what it does not name is absent. */
export function parseDotConfig(text: string): Map<string, Value> {
  const values = new Map<string, Value>();
  for (const line of text.split('\n')) {
    const set = setting.exec(line);
    if (set !== null) values.set(set[1] ?? '', set[2] ?? '');
    else {
      const not = unset.exec(line);
      if (not !== null) values.set(not[1] ?? '', 'n');
    }
  }
  return values;
}

/**
 * Whether a text is a complete .config rather than a fragment: it has the
 * header that Kconfig writes, or more lines than a person writes.
 */
export function isComplete(text: string): boolean {
  return /^# (?:Automatically generated (?:file|make config)|Linux\/\w+ .*Kernel Configuration)/m.test(text.slice(0, 400))
    || (text.match(/^(?:CONFIG_\w+=|# CONFIG_\w+ is not set$)/gm)?.length ?? 0) > 1200;
}

/** The architecture that a .config is for, where it is another than x86_64; `undefined` for ours, or where it does not tell. */
export function foreignArchitecture(text: string): string | undefined {
  const header = /^# Linux\/(\w+)/m.exec(text.slice(0, 400))?.[1];
  if (header !== undefined && header !== 'x86' && header !== 'x86_64') return header;
  if (/^CONFIG_X86_32=y$/m.test(text)) return 'x86, 32 bits';
  const others = /^CONFIG_(ARM64|ARM|MIPS|PPC|RISCV|S390|SPARC|LOONGARCH|UML|PARISC|ALPHA|M68K|XTENSA|ARC)=y$/m.exec(text)?.[1];
  return others?.toLowerCase();
}

// What the compiler and the linker are, Kconfig writes into .config by itself.
const probed = /^(?:# )?CONFIG_(?:CC|GCC|CLANG|AS|LD|LLD|PAHOLE|RUSTC|RUST|BINDGEN|HAVE_OBJTOOL|TOOLS_SUPPORT|BUILDTIME|OBJTOOL|G)_\w*[= ]/;

/** The text less what the tools at hand write into it: two equal cores are one configuration. */
export function essence(text: string): string {
  return text.split('\n')
    .filter((line) => (setting.test(line) || unset.test(line)) && !probed.test(line) && !line.startsWith('CONFIG_CC_VERSION_TEXT='))
    .join('\n');
}
