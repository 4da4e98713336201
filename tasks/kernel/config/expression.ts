/** Kconfig's expressions: parsed, evaluated, and what of one is not met. Pure. (Documentation/kbuild/kconfig-language.rst) */

export type Expression =
  | { readonly kind: 'symbol'; readonly name: string }
  | { readonly kind: 'text'; readonly text: string }
  /** `$(cc-option,…)`: what only the kernel's own tools can tell. */
  | { readonly kind: 'macro'; readonly text: string }
  | { readonly kind: 'not'; readonly of: Expression }
  | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | { readonly kind: 'compare'; readonly operator: string; readonly left: Expression; readonly right: Expression };

/** n, m, y as 0, 1, 2; `undefined`: cannot be told here. */
type Tristate = 0 | 1 | 2 | undefined;

export type Values = ReadonlyMap<string, string>;

/** Cuts an expression into tokens; a macro call is one, whatever is in it. */
function tokens(text: string): string[] {
  const found: string[] = [];
  for (let i = 0; i < text.length;) {
    const rest = text.slice(i);
    const space = /^\s+/.exec(rest)?.[0];
    if (space !== undefined) { i += space.length; continue; }
    let token = /^(?:&&|\|\||!=|<=|>=|[!()=<>]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|[\w./-]+)/.exec(rest)?.[0];
    if (rest.startsWith('$(')) {
      let depth = 0;
      let end = 1;
      for (; end < rest.length; end++) {
        if (rest[end] === '(') depth++;
        else if (rest[end] === ')' && --depth === 0) break;
      }
      token = rest.slice(0, end + 1);
    }
    token ??= rest[0] ?? '';
    found.push(token);
    i += token.length;
  }
  return found;
}

/** @returns the expression; a macro that stands for the whole text where it cannot be parsed, so that it counts as untold. */
export function parseExpression(text: string): Expression {
  const list = tokens(text);
  let at = 0;
  const untold: Expression = { kind: 'macro', text: text.trim() };

  const atom = (): Expression | undefined => {
    const token = list[at++];
    if (token === undefined) return undefined;
    if (token === '!') {
      const of = atom();
      return of === undefined ? undefined : { kind: 'not', of };
    }
    if (token === '(') {
      const inner = either();
      return list[at++] === ')' ? inner : undefined;
    }
    const left = operand(token);
    if (left === undefined) return undefined;
    const operator = list[at] ?? '';
    if (!['=', '!=', '<', '>', '<=', '>='].includes(operator)) return left;
    at++;
    const right = operand(list[at++] ?? ')');
    return right === undefined ? undefined : { kind: 'compare', operator, left, right };
  };
  const chain = (operator: string, kind: 'and' | 'or', next: () => Expression | undefined) => (): Expression | undefined => {
    let left = next();
    while (left !== undefined && list[at] === operator) {
      at++;
      const right = next();
      left = right === undefined ? undefined : { kind, left, right };
    }
    return left;
  };
  const both = chain('&&', 'and', atom);
  const either = chain('||', 'or', both);
  const parsed = either();
  return parsed === undefined || at < list.length ? untold : parsed;
}

function operand(token: string): Expression | undefined {
  if (token.startsWith('$(')) return { kind: 'macro', text: token };
  if (/^["']/.test(token)) {
    const text = token.slice(1, -1);
    return text.includes('$(') ? { kind: 'macro', text } : { kind: 'text', text };
  }
  return /^[\w./-]+$/.test(token) ? { kind: 'symbol', name: token } : undefined;
}

const tristate = (value: string | undefined): Tristate => (value === 'y' ? 2 : value === 'm' ? 1 : 0);

export function evaluate(expression: Expression, values: Values): Tristate {
  switch (expression.kind) {
    case 'symbol': return /^[ymn]$/.test(expression.name) ? tristate(expression.name) : tristate(values.get(expression.name));
    case 'text': return tristate(expression.text);
    case 'macro': return undefined;
    case 'not': {
      const of = evaluate(expression.of, values);
      return of === undefined ? undefined : ((2 - of) as Tristate);
    }
    case 'and': {
      const [left, right] = [evaluate(expression.left, values), evaluate(expression.right, values)];
      if (left === 0 || right === 0) return 0;
      return left === undefined || right === undefined ? undefined : (Math.min(left, right) as Tristate);
    }
    case 'or': {
      const [left, right] = [evaluate(expression.left, values), evaluate(expression.right, values)];
      if (left === 2 || right === 2) return 2;
      return left === undefined || right === undefined ? undefined : (Math.max(left, right) as Tristate);
    }
    case 'compare': return compare(expression, values);
  }
}

function compare(expression: Extract<Expression, { kind: 'compare' }>, values: Values): Tristate {
  const [left, right] = [plain(expression.left, values), plain(expression.right, values)];
  if (left === undefined || right === undefined) return undefined;
  const [a, b] = [Number(left), Number(right)];
  const numbers = left !== '' && right !== '' && !Number.isNaN(a) && !Number.isNaN(b);
  const order = numbers ? a - b : left < right ? -1 : left > right ? 1 : 0;
  const holds = { '=': order === 0, '!=': order !== 0, '<': order < 0, '>': order > 0, '<=': order <= 0, '>=': order >= 0 }[expression.operator];
  return holds ? 2 : 0;
}

/** An operand as text: a symbol that has no value is `n`, a name that is a constant is itself. */
function plain(operandOf: Expression, values: Values): string | undefined {
  if (operandOf.kind === 'text') return operandOf.text;
  if (operandOf.kind !== 'symbol') return undefined;
  const value = values.get(operandOf.name);
  if (value !== undefined) return value.replace(/^"(.*)"$/, '$1');
  return /^(?:[ymn]|-?\d+|0x[0-9a-f]+)$/i.test(operandOf.name) ? operandOf.name : 'n';
}

/** As Kconfig writes it. */
export function shownExpression(expression: Expression): string {
  const inner = (of: Expression) => (of.kind === 'and' || of.kind === 'or' ? `(${shownExpression(of)})` : shownExpression(of));
  switch (expression.kind) {
    case 'symbol': return expression.name;
    case 'text': return `"${expression.text}"`;
    case 'macro': return expression.text;
    case 'not': return `!${inner(expression.of)}`;
    case 'and': return `${inner(expression.left)} && ${inner(expression.right)}`;
    case 'or': return `${inner(expression.left)} || ${inner(expression.right)}`;
    case 'compare': return `${shownExpression(expression.left)}${expression.operator}${shownExpression(expression.right)}`;
  }
}

/**
 * The parts of an expression that do not hold, in words; empty where it
 * holds. `least`: what it must be worth, 2 for a built-in option. A part that
 * cannot be told is named as such, after those that can.
 */
export function unmet(expression: Expression, values: Values, least: 1 | 2 = 2): string[] {
  const worth = evaluate(expression, values);
  if (worth !== undefined && worth >= least) return [];
  switch (expression.kind) {
    case 'and': return [...new Set([...unmet(expression.left, values, least), ...unmet(expression.right, values, least)])];
    case 'symbol': {
      const value = values.get(expression.name);
      return [`${expression.name}, which is ${value === undefined || value === 'n' ? 'off' : value}`];
    }
    case 'not': return expression.of.kind === 'symbol' ? [`${expression.of.name} off, which is ${values.get(expression.of.name) ?? 'off'}`] : [shownExpression(expression)];
    case 'macro': return [`${expression.text}, which depends on the compiler and other tools here`];
    case 'or':
    case 'compare':
    case 'text': return [shownExpression(expression)];
  }
}
