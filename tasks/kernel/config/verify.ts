/** What became of each request: whether it stuck, and if not, why. Pure. */
import type { Value, RequestedOption } from './text.ts';
import { evaluate, unmet, type Values } from './expression.ts';
import type { Kconfig } from './kconfig.ts';

interface Lost {
  readonly request: RequestedOption;
  /** What it is instead: 'n', 'm', '64'. */
  readonly is: Value;
  /** Why, in words. */
  readonly why: string;
}

/** The outcome of a merge. */
export interface Verdict {
  /** Requests for options that this kernel does not have. */
  readonly unknown: readonly RequestedOption[];
  readonly lost: readonly Lost[];
}

export function verify(requested: readonly RequestedOption[], values: Values, kconfig: Kconfig): Verdict {
  const unknown: RequestedOption[] = [];
  const lost: Lost[] = [];
  for (const request of requested) {
    const is = values.get(request.option) ?? 'n';
    if (sameValue(is, request.value)) continue;
    if (!kconfig.options.has(request.option)) unknown.push(request);
    else lost.push({ request, is, why: whyLost(request, is, values, kconfig) });
  }
  return { unknown, lost };
}

/** Numbers by what they are, however they are written. */
export function sameValue(is: Value, wanted: Value): boolean {
  if (is === wanted) return true;
  return /^(?:0x|\d)/i.test(is) && /^(?:0x|\d)/i.test(wanted) && Number(is) === Number(wanted);
}

function whyLost({ option, value }: RequestedOption, is: Value, values: Values, kconfig: Kconfig): string {
  const definitions = kconfig.options.get(option) ?? [];
  if (value === 'n' || (value === 'm' && is === 'y')) {
    const by = selectedBy(option, values, kconfig);
    if (by.length > 0) return `selected by ${list(by)}`;
  }
  if (value === 'n') return definitions.some((d) => d.prompt) ? 'it is on by default while its prompt is hidden' : 'it cannot be set by hand';
  if (value === 'm' && values.get('MODULES') !== 'y') return 'MODULES is off (CONFIG_MODULES=y switches it on)'; // Kconfig makes `y` or `n` of it then

  const least = value === 'm' ? 1 : 2;
  const askable = definitions.filter((d) => d.prompt);
  if (askable.length === 0) {
    const by = [...new Set((kconfig.selects.get(option) ?? []).map((s) => s.by))];
    return by.length === 0 ? 'it cannot be set by hand, and its default is different' : `it cannot be set by hand; it is selected by ${list(by)}`;
  }
  // Any one definition would do: the one that lacks least is told.
  const reasons = askable.map((d) => [...new Set([...d.depends, ...d.promptConditions].flatMap((e) => unmet(e, values, least)))]);
  const fewest = reasons.sort((a, b) => a.length - b.length)[0] ?? [];
  if (fewest.length > 0) return `it needs ${fewest.join('; and ')}`;
  for (const { choice } of askable) {
    const chosen = choice?.members.find((member) => member !== option && values.get(member) === 'y');
    if (chosen !== undefined) return `${chosen} is set in the same choice`;
  }
  if (/^(?:0x|\d)/i.test(value)) return 'the value is out of range, or is set by another option';
  return 'Kconfig does not say why';
}

/** The options that are on and select this one. */
export function selectedBy(option: string, values: Values, kconfig: Kconfig): string[] {
  const by = (kconfig.selects.get(option) ?? []).filter((select) => {
    const on = values.get(select.by);
    if (on !== 'y' && on !== 'm') return false;
    return select.condition === undefined || evaluate(select.condition, values) !== 0;
  });
  return [...new Set(by.map((select) => select.by))];
}

function list(names: readonly string[]): string {
  return names.length <= 4 ? names.join(', ') : `${names.slice(0, 4).join(', ')} and ${names.length - 4} more`;
}

/** One line for a lost request: 'kernel.config:12: CONFIG_X=y did not stick: it needs Y, which is off'. */
export function lostLine({ request, is, why }: Lost): string {
  const wanted = request.value === 'n' ? `CONFIG_${request.option} off` : `CONFIG_${request.option}=${request.value}`;
  // More than was asked for is not less.
  if (request.value === 'm' && is === 'y') return `${request.file}:${request.line}: ${wanted} is built in, not a module: ${why}`;
  const became = is === 'n' || request.value === 'n' ? '' : ` (it is ${is})`;
  return `${request.file}:${request.line}: ${wanted} did not stick${became}: ${why}`;
}
