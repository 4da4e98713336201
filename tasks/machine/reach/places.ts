/** What is copied where, as it is typed: `FILE… VM:PATH` and `VM:PATH… FILE`. Pure. */

interface Place {
  /** `undefined`: on the host. '': in the VM that is meant without a name. */
  readonly vm: string | undefined;
  readonly path: string;
}

/** As scp has it: a colon after a slash is part of a file's name, as in `./a:b`. */
export function placeOf(word: string): Place {
  const colon = word.indexOf(':');
  const slash = word.indexOf('/');
  return colon < 0 || (slash >= 0 && slash < colon) ? { vm: undefined, path: word } : { vm: word.slice(0, colon), path: word.slice(colon + 1) };
}

export interface Copy {
  /** '' for the one that is meant without a name. */
  readonly vm: string;
  /** Into the VM, or out of it. */
  readonly way: 'in' | 'out';
  readonly from: readonly string[];
  readonly to: string;
}

/** @returns or what is wrong with it, in words */
export function copyOf(words: readonly string[]): Copy | { readonly wrong: string } {
  const places = words.map(placeOf);
  const to = places.at(-1);
  const from = places.slice(0, -1);
  const [first] = from;
  if (to === undefined || first === undefined) return { wrong: 'cp needs what is copied, and where to' };
  if (places.some(({ path }) => path === '')) return { wrong: 'cp needs a path after each colon' };
  const inVms = new Set(from.map(({ vm }) => vm));
  if (inVms.size > 1) return { wrong: 'cp copies from one place at a time' };
  if (first.vm === undefined && to.vm === undefined) return { wrong: 'cp copies into a VM, or out of one: write its place as NAME:PATH' };
  if (first.vm !== undefined && to.vm !== undefined) return { wrong: 'cp copies between the host and a VM, not from VM to VM' };
  return { vm: to.vm ?? first.vm ?? '', way: to.vm === undefined ? 'out' : 'in', from: from.map(({ path }) => path), to: to.path };
}
