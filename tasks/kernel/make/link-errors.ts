/** What the linker and modpost cannot bring together: which symbol, and who wants it. Pure. */

export interface LinkTrouble {
  readonly kind: 'undefined' | 'multiple' | 'mismatch' | 'discarded';
  readonly symbol: string;
  /** Who refers to it; for a symbol that is defined more than once: where. */
  readonly by: readonly string[];
}

const quoted = "[`‘']([^'’]+)['’]";
/** How GNU ld begins a line; older ones do not name themselves. */
const linker = '^(?:\\S*\\bld(?:\\.\\w+)?: )?';
// GNU ld 2.20 to 2.45; "In function" before 2.31.
const inFunction = new RegExp(`${linker}(.+?): in function ${quoted}:$`, 'i');
const undefinedReference = new RegExp(`${linker}(.+?): undefined reference to ${quoted}`);
const multiple = new RegExp(`${linker}(?:(.+?): )?multiple definition of ${quoted}(?:; (.+?): first defined here)?`);
const firstDefined = new RegExp(`${linker}(.+?): first defined here$`);
const discarded = new RegExp(`${quoted} referenced in section ${quoted} of (\\S+?): defined in discarded section`);
const lldUndefined = /ld\.lld: error: undefined (?:hidden |protected |internal )?symbol: (.+)$/;
const lldDuplicate = /ld\.lld: error: duplicate symbol: (.+)$/;
const modpostUndefined = /^ERROR: (?:modpost: )?"([^"]+)" \[(\S+)\] undefined!/;
const mismatch = /^WARNING: (?:modpost: )?\S+: section mismatch in reference: (\S+) \(section: (\S+)\) -> (\S+) \(section: (\S+)\)/;
/** Up to 5.19. */
const olderMismatch = /^WARNING: (?:modpost: )?\S+?\(([^+)]+)\S*\): Section mismatch in reference from the (?:function|variable|\(unknown reference\)) ?(\S*) to the (?:function|variable|\(unknown reference\)) (\S+?):(\S*)$/;

interface Found {
  readonly kind: LinkTrouble['kind'];
  readonly symbol: string;
  readonly by: Set<string>;
}

/** Each symbol once, in the order in which they were said, with all who want it. */
export function linkTroubles(lines: readonly string[]): LinkTrouble[] {
  const found = new Map<string, Found>();
  let current: Found | undefined;
  let caller: { readonly object: string; readonly name: string } | undefined;
  const add = (kind: LinkTrouble['kind'], symbol: string, ...by: string[]) => {
    const key = `${kind} ${symbol}`;
    current = found.get(key) ?? { kind, symbol, by: new Set() };
    found.set(key, current);
    for (const one of by) if (one !== '') current.by.add(one);
  };
  for (const line of lines) {
    let match: RegExpExecArray | null;
    if ((match = inFunction.exec(line)) !== null) caller = { object: match[1] ?? '', name: match[2] ?? '' };
    else if ((match = undefinedReference.exec(line)) !== null) {
      const place = match[1] ?? '';
      // A line that names its object is of no function: of data, or of one that has no symbol.
      add('undefined', match[2] ?? '', caller === undefined || namesObject(place) ? placeWords(place) : `${caller.name}() in ${placeWords(place, caller.object)}`);
    } else if ((match = multiple.exec(line)) !== null) {
      add('multiple', match[2] ?? '', ...match[3] === undefined ? [] : [placeWords(match[3])], placeWords(match[1] ?? '', caller?.object));
    } else if ((match = firstDefined.exec(line)) !== null) current?.by.add(placeWords(match[1] ?? ''));
    else if ((match = discarded.exec(line)) !== null) add('discarded', match[1] ?? '', `${match[2] ?? ''} of ${match[3] ?? ''}`);
    else if ((match = lldUndefined.exec(line)) !== null) add('undefined', match[1] ?? '');
    else if ((match = lldDuplicate.exec(line)) !== null) add('multiple', match[1] ?? '');
    else if ((match = /^>>> (?:referenced by|defined at) (?:\S+ \()?([^\s()]+)\)?/.exec(line)) !== null) caller = { object: match[1] ?? '', name: '' };
    else if ((match = /^>>>\s+(\S+):\(([^)]+)\)/.exec(line)) !== null) {
      const [object, name] = [match[1] ?? '', match[2] ?? ''];
      const place = object.includes('/') ? object : caller?.object ?? object;
      const isFunction = /^\w+$/.test(name);
      current?.by.add(isFunction && name !== current?.symbol ? `${name}() in ${place}` : place);
    } else if ((match = modpostUndefined.exec(line)) !== null) add('undefined', match[1] ?? '', match[2] ?? '');
    else if ((match = mismatch.exec(line)) !== null) add('mismatch', `${match[3] ?? ''} (${match[4] ?? ''})`, `${match[1] ?? ''} (${match[2] ?? ''})`);
    else if ((match = olderMismatch.exec(line)) !== null) add('mismatch', `${match[4] ?? ''} (${match[3] ?? ''})`, `${match[2] ?? ''} (${match[1] ?? ''})`);
  }
  return [...found.values()].map(({ kind, symbol, by }) => ({ kind, symbol, by: [...by] }));
}

const namesObject = (place: string) => /^\S+?\.(?:o|a\([^)]*\)):/.test(place);

/** `net/a.o:a.c:(.text+0x3)` is net/a.o; `a.c:(.text+0x3)` within net/a.o too; a source with its line says more than its object. */
function placeWords(place: string, object = ''): string {
  const own = /^(\S+?\.(?:o|a)(?:\([^)]*\))?):(.*)$/.exec(place);
  const holder = own?.[1] ?? object;
  const source = (own?.[2] ?? place).replace(/:?\([^()]*\)$/, '');
  if (/:\d+$/.test(source)) return source;
  return holder.includes('/') || source === '' ? holder : source;
}

const named = 3;

/** In a few words, as they follow "does not link: ". */
export function troubleWords({ kind, symbol, by }: LinkTrouble): string {
  const who = by.length === 0 ? undefined : `${by.slice(0, named).join(', ')}${by.length > named ? ` and ${by.length - named} more` : ''}`;
  switch (kind) {
    case 'undefined': return `${symbol} is not defined${who === undefined ? '' : `, but used by ${who}`}`;
    case 'multiple': return `${symbol} is defined more than once${who === undefined ? '' : `: ${who}`}`;
    case 'mismatch': return `section mismatch: ${who ?? 'something'} refers to ${symbol}`;
    case 'discarded': return `${symbol} is discarded by the linker, but used by ${who ?? 'something'}`;
  }
}
