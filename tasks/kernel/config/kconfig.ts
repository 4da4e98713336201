/** A reader of Kconfig files: which options there are, and what each depends on. Pure; files come by a function. */
import { dirname, join } from 'node:path';
import { parseExpression, type Expression } from './expression.ts';

/** One place where an option is defined. */
interface Definition {
  readonly file: string;
  readonly line: number;
  type: string | undefined;
  /** Whether a person can set it, and under which conditions. */
  prompt: boolean;
  readonly promptConditions: Expression[];
  /** Its own `depends on`, and those of the menus, ifs and choices around it. */
  readonly depends: Expression[];
  /** The choice that it is a member of. */
  readonly choice: Choice | undefined;
}

interface Choice {
  readonly members: string[];
}

/** One option that turns another on. */
interface Select {
  readonly by: string;
  readonly condition: Expression | undefined;
  readonly depends: readonly Expression[];
}

export interface Kconfig {
  readonly options: ReadonlyMap<string, readonly Definition[]>;
  /** By the option that is selected. */
  readonly selects: ReadonlyMap<string, readonly Select[]>;
  /** All files read, as they are named in the tree. */
  readonly files: readonly string[];
}

/** Gives a file's text by its path in the tree; `undefined` where there is none. */
type ReadFile = (path: string) => string | undefined;

/** What holds inside a menu, an if or a choice. */
interface Scope {
  readonly depends: Expression[];
  readonly visible: Expression[];
  readonly choice: Choice | undefined;
}

/** Reads a tree's Kconfig files, from the top. `variables` are what Kbuild exports: SRCARCH and the like. */
export function readKconfig(read: ReadFile, variables: Readonly<Record<string, string>>, top = 'Kconfig'): Kconfig {
  return new Reader(read, variables).all(top);
}

class Reader {
  readonly #read: ReadFile;
  readonly #variables: Readonly<Record<string, string>>;
  readonly #options = new Map<string, Definition[]>();
  readonly #selects = new Map<string, Select[]>();
  readonly #files = new Set<string>();

  constructor(read: ReadFile, variables: Readonly<Record<string, string>>) {
    this.#read = read;
    this.#variables = variables;
  }

  all(top: string): Kconfig {
    this.#file(top, [{ depends: [], visible: [], choice: undefined }]);
    return { options: this.#options, selects: this.#selects, files: [...this.#files] };
  }

  #file(path: string, scopes: Scope[]): void {
    if (this.#files.has(path)) return;
    const text = this.#read(path);
    if (text === undefined) return;
    this.#files.add(path);
    /** What attributes belong to: an option, or the innermost scope; `undefined` for what has none that matter. */
    let current: { definition: Definition; name: string } | 'scope' | undefined;
    for (const { words, rest, line } of statements(text)) {
      const scope = scopes.at(-1) ?? { depends: [], visible: [], choice: undefined };
      switch (words) {
        case 'config':
        case 'menuconfig': {
          const name = rest.trim();
          const definition: Definition = {
            file: path, line, type: undefined, prompt: false, choice: scope.choice,
            promptConditions: scopes.flatMap((s) => s.visible), depends: scopes.flatMap((s) => s.depends),
          };
          this.#options.set(name, [...(this.#options.get(name) ?? []), definition]);
          if (scope.choice !== undefined && !scope.choice.members.includes(name)) scope.choice.members.push(name);
          current = { definition, name };
          break;
        }
        case 'menu':
          scopes.push({ depends: [], visible: [], choice: scope.choice });
          current = 'scope';
          break;
        case 'choice':
          scopes.push({ depends: [], visible: [], choice: { members: [] } });
          current = 'scope';
          break;
        case 'if':
          scopes.push({ depends: [parseExpression(rest)], visible: [], choice: scope.choice });
          current = undefined;
          break;
        case 'endmenu':
        case 'endchoice':
        case 'endif':
          scopes.pop();
          current = undefined;
          break;
        case 'comment':
        case 'mainmenu':
          current = undefined;
          break;
        case 'source':
        case 'osource':
          this.#file(this.#expanded(rest), scopes);
          current = undefined;
          break;
        case 'rsource':
        case 'orsource':
          this.#file(join(dirname(path), this.#expanded(rest)), scopes);
          current = undefined;
          break;
        default:
          if (current === 'scope') scopeAttribute(scope, words, rest);
          else if (current !== undefined) this.#attribute(current.definition, current.name, words, rest);
      }
    }
  }

  #attribute(definition: Definition, name: string, word: string, rest: string): void {
    switch (word) {
      case 'bool': case 'tristate': case 'int': case 'hex': case 'string':
        definition.type = word;
        this.#prompt(definition, rest);
        break;
      case 'def_bool': case 'def_tristate':
        definition.type = word.slice('def_'.length);
        break;
      case 'prompt':
        this.#prompt(definition, rest);
        break;
      case 'depends':
        definition.depends.push(parseExpression(rest.replace(/^on\b/, '')));
        break;
      case 'select': {
        const [what = '', condition] = splitIf(rest);
        const selects = this.#selects.get(what.trim()) ?? [];
        // `depends` is shared: a `depends on` below this line counts too.
        selects.push({ by: name, condition: condition === undefined ? undefined : parseExpression(condition), depends: definition.depends });
        this.#selects.set(what.trim(), selects);
        break;
      }
      default: // default, imply, range, option, help: not needed here
    }
  }

  #prompt(definition: Definition, rest: string): void {
    if (!/^\s*["']/.test(rest)) return;
    definition.prompt = true;
    const condition = splitIf(rest)[1];
    if (condition !== undefined) definition.promptConditions.push(parseExpression(condition));
  }

  #expanded(text: string): string {
    const path = text.trim().replace(/^["'](.*)["']$/, '$1');
    return path.replaceAll(/\$\((\w+)\)|\$(\w+)/g, (_all, a: string | undefined, b: string | undefined) => this.#variables[a ?? b ?? ''] ?? '');
  }
}

function scopeAttribute(scope: Scope, word: string, rest: string): void {
  if (word === 'depends') scope.depends.push(parseExpression(rest.replace(/^on\b/, '')));
  if (word === 'visible') scope.visible.push(parseExpression(rest.replace(/^if\b/, '')));
}

/** Parts 'X if COND'; an ` if ` inside quotes is part of a prompt. */
function splitIf(text: string): [string, string | undefined] {
  const match = /^(\s*(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\S+))\s+if\b(.*)$/.exec(text);
  return match === null ? [text, undefined] : [match[1] ?? '', match[2]];
}

interface Statement {
  readonly words: string;
  readonly rest: string;
  readonly line: number;
}

/** The statements of a file: comments, help texts and macro definitions left out, continued lines joined. */
function* statements(text: string): Generator<Statement> {
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const line = i + 1;
    let whole = lines[i] ?? '';
    while (whole.endsWith('\\') && i + 1 < lines.length) whole = `${whole.slice(0, -1)} ${lines[++i] ?? ''}`;
    const bare = withoutComment(whole).trim();
    if (bare === '') continue;
    if (/^(?:-+help-+|help)$/.test(bare)) {
      i = afterHelp(lines, i + 1) - 1;
      continue;
    }
    if (/^[\w-]+\s*(?::=|\+=|=)/.test(bare) || bare.startsWith('$(')) continue;
    const match = /^(\w+)\s*([^]*)$/.exec(bare);
    if (match !== null) yield { words: match[1] ?? '', rest: match[2] ?? '', line };
  }
}

/** A help text goes on for as long as lines are indented as deep as its first, or are empty. */
function afterHelp(lines: readonly string[], from: number): number {
  let depth: number | undefined;
  for (let i = from; i < lines.length; i++) {
    const line = lines[i] ?? '';
    if (line.trim() === '') continue;
    const indent = indentation(line);
    depth ??= indent;
    if (indent === 0 || indent < depth) return i;
  }
  return lines.length;
}

function indentation(line: string): number {
  let columns = 0;
  for (const c of line) {
    if (c === ' ') columns++;
    else if (c === '\t') columns = (Math.floor(columns / 8) + 1) * 8;
    else break;
  }
  return columns;
}

function withoutComment(line: string): string {
  if (!line.includes('#')) return line;
  let quote: string | undefined;
  for (let i = 0; i < line.length; i++) {
    const c = line[i];
    if (quote !== undefined) {
      if (c === '\\') i++;
      else if (c === quote) quote = undefined;
    } else if (c === '"' || c === "'") quote = c;
    else if (c === '#') return line.slice(0, i);
  }
  return line;
}
