/** Whether an edit can be built without make's descent into the tree. Pure: all that it goes by is given. */
import { basename } from 'node:path';
import { entriesOf } from '../inputs/inputs.ts';
import type { Change } from '../inputs/changes.ts';
import type { BuildIndex, IndexEntry } from '../inputs/index-model.ts';
import { linkRefusal, type LinkForm } from './link-form.ts';
import type { ObjectRule, RuleFacts } from './rules.ts';

/** What a quick build must know of the tree, besides its index. */
export interface QuickFacts extends RuleFacts {
  readonly link: LinkForm | undefined;
  readonly rules: { readonly c: ObjectRule; readonly S: ObjectRule };
  /** The objects, by their paths, that the edits concern and that are left from another configuration. */
  readonly leftovers: ReadonlySet<string>;
  /** Whether any option is `m`. */
  readonly modular: boolean;
  /** Of the objects that the edits concern: what the modules that they are part of are linked from. */
  readonly inModules: ReadonlyMap<string, readonly string[]>;
  /** Whether Kbuild leaves a header of constants as it is where it would come out the same. */
  readonly keepsConstants: boolean;
  /** Objects that are put together from objects, by their paths, among those above the edits. */
  readonly composites: ReadonlySet<string>;
}

/** An object that an edit concerns. */
export interface QuickObject {
  readonly entry: IndexEntry;
  readonly rule: ObjectRule;
}

export type Decision =
  | { kind: 'make'; why: string }
  | {
    kind: 'quick';
    readonly objects: readonly QuickObject[];
    /** Assembler text of which Kbuild makes a header of constants (include/generated/asm-offsets.h): compiled first, for make has to go on where a constant changed. */
    readonly constants: readonly IndexEntry[];
    /** The archives and composite objects that hold them, each after those that it holds. */
    readonly archives: readonly IndexEntry[];
    readonly link: LinkForm;
    /** Options that are `y`, without `CONFIG_`. */
    readonly config: ReadonlySet<string>;
    /** Whether anything of it is part of vmlinux. */
    readonly vmlinux: boolean;
    /** What the modules are linked from that it is part of, or of which modpost's text reads it: whole paths, `…/fs/xfs/xfs.o`. */
    readonly modules: readonly string[];
  };

const make = (why: string): Decision => ({ kind: 'make', why });

/** `short` shortens paths in the reason. */
export function decide(changes: readonly Change[], index: BuildIndex, facts: QuickFacts | undefined, short: (path: string) => string = (path) => path): Decision {
  const paths = new Set<string>();
  for (const change of changes) {
    switch (change.kind) {
      case 'missing': return make(`removed: ${short(change.path)}`);
      case 'added': return make(`new file: ${short(change.path)}`);
      case 'output': case 'product': return make(change.missing ? `${short(change.path)} is missing` : `${short(change.path)} was changed by something other than kloop`);
      case 'commit': return make('another commit is checked out');
      case 'edited': case 'unsure': {
        const why = unsuitable(change.path);
        if (why !== undefined) return make(`${why}: ${short(change.path)}`);
        paths.add(change.path);
      }
    }
  }
  if (paths.size === 0) return make('no known input changed');
  if (facts === undefined) return make('the variables that the top makefile exports are not known yet');
  if (facts.link === undefined) return make('kloop does not know how this tree links its kernel');
  const refusal = linkRefusal(facts.config, { form: facts.link, modular: facts.modular });
  if (refusal !== undefined) return make(refusal);

  const wanted = new Set<number>();
  // A set of numbers takes ten times as long for each of a million dependencies.
  const isWanted = new Uint8Array(index.files.length);
  index.files.forEach((path, i) => { if (paths.has(path)) { wanted.add(i); isWanted[i] = 1; } });
  const entries = entriesOf(index, 'vmlinux');
  const objects: QuickObject[] = [];
  const constants: IndexEntry[] = [];
  const seen = new Set<number>();
  let ofTheLink: string | undefined;
  /** Of the modules of which modpost's text reads what was edited: what they are linked from. */
  const texts: string[] = [];
  for (const entry of entries) {
    let depends = false;
    for (const dep of entry.deps) if (isWanted[dep] === 1) { depends = true; seen.add(dep); }
    if (!depends) continue;
    const target = index.files[entry.target] ?? '';
    if (linkMakes(target, index)) {
      ofTheLink = target;
      continue;
    }
    if (isModulesOwn(entry, index)) {
      texts.push(target.replace(/\.mod\.o$/, '.o'));
      continue;
    }
    const source = index.files[entry.source] ?? '';
    const rule = source.endsWith('.c') ? facts.rules.c : source.endsWith('.S') ? facts.rules.S : undefined;
    if (facts.leftovers.has(target)) continue;
    if (facts.keepsConstants && holdsConstants(target) && source.endsWith('.c')) {
      constants.push(entry);
      continue;
    }
    if (!target.endsWith('.o') || rule === undefined) return make(`${short([...paths][0] ?? '')} is an input of ${short(target)}`);
    objects.push({ entry, rule });
  }
  // The boot image is another target's: what only it is made from does not concern vmlinux.
  for (const path of wanted) if (!seen.has(path)) return make(`no known object depends on ${short(index.files[path] ?? '')}`);
  if (wanted.size < paths.size) return make(`no known object depends on ${short([...paths].find((path) => !index.files.includes(path)) ?? '')}`);

  if (objects.length === 0 && constants[0] !== undefined) return make(`${short([...paths][0] ?? '')} is an input of ${short(index.files[constants[0].target] ?? '')} alone`);
  const held = holders(objects.map((object) => object.entry), entries, index, facts);
  if (typeof held === 'string') return make(short(held));
  if (ofTheLink !== undefined && !held.vmlinux) return make(`${short([...paths][0] ?? '')} is an input of ${short(ofTheLink)}, and of nothing else in vmlinux`);
  return { kind: 'quick', objects, constants, link: facts.link, config: facts.config, ...held, modules: [...new Set([...held.modules, ...texts])] };
}

/** Why an edit to this file cannot be built quickly. */
function unsuitable(path: string): string | undefined {
  const name = basename(path);
  if (name === '.config') return 'another configuration';
  if (/^Kconfig/.test(name)) return 'Kconfig changed';
  if (/^(Makefile|Kbuild)/.test(name)) return 'makefile changed';
  if (!/\.[chS]$/.test(name) || name.endsWith('.lds.S')) return 'not a C, assembler or header file';
  return undefined;
}

type Held = Pick<Extract<Decision, { kind: 'quick' }>, 'archives' | 'vmlinux' | 'modules'>;

/** The archives and composite objects above these objects, in the order in which they are made, and what they are linked into; or, in words, why the way up is not known. */
function holders(objects: readonly IndexEntry[], entries: readonly IndexEntry[], index: BuildIndex, facts: QuickFacts): Held | string {
  const byTarget = facts.inModules.size === 0 ? undefined : new Map(entries.map((entry) => [index.files[entry.target], entry]));
  let vmlinux = false;
  const modules = new Set<string>();
  const heldBy = new Map<number, IndexEntry[]>();
  for (const entry of entries) {
    if (entry.source >= 0) continue;
    for (const dep of entry.deps) {
      const list = heldBy.get(dep);
      if (list === undefined) heldBy.set(dep, [entry]);
      else list.push(entry);
    }
  }
  const linked = new Set(['KBUILD_VMLINUX_OBJS', 'KBUILD_VMLINUX_LIBS', 'KBUILD_VMLINUX_INIT', 'KBUILD_VMLINUX_MAIN']
    .flatMap((name) => (facts.exported[name] ?? '').split(/\s+/)).filter((word) => word !== '')
    .map((word) => `${index.tree.build}/${word.replace(/^\.\//, '')}`));
  const order: IndexEntry[] = [];
  const done = new Set<number>();
  const name = (entry: IndexEntry) => index.files[entry.target] ?? '';
  /** Everything above comes after what it holds: depth first, and then turned round. */
  const climb = (entry: IndexEntry): string | undefined => {
    if (done.has(entry.target)) return undefined;
    done.add(entry.target);
    let onTheWay = false;
    for (const whole of facts.inModules.get(name(entry)) ?? []) {
      const composite = whole === name(entry) ? undefined : byTarget?.get(whole);
      if (whole !== name(entry) && composite === undefined) return `it is unknown how ${whole} is made`;
      const wrong = composite === undefined ? undefined : climb(composite);
      if (wrong !== undefined) return wrong;
      modules.add(whole);
      onTheWay = true;
    }
    for (const holder of heldBy.get(entry.target) ?? []) {
      const path = name(holder);
      if (isFinal(path, index)) { onTheWay = vmlinux = true; continue; }
      if (path.endsWith('.ko')) { modules.add(path.replace(/\.ko$/, '.o')); onTheWay = true; continue; }
      // Lists of names. (6.12, scripts/Makefile.build, cmd_gen_order.) Those of symbols are left from CONFIG_TRIM_UNUSED_KSYMS, with which make builds.
      if (/\.(?:mod|usyms)$/.test(path) || path.endsWith('/modules.order')) continue;
      if (!/\/(built-in|lib|vmlinux)\.a$|\/built-in\.o$/.test(path) && !facts.composites.has(path)) return `${name(entry)} is linked into ${path}`;
      const wrong = climb(holder);
      if (wrong !== undefined) return wrong;
      onTheWay = true;
    }
    if (linked.has(name(entry))) onTheWay = vmlinux = true;
    if (!onTheWay) return `it is unknown what ${name(entry)} is linked into`;
    order.push(entry);
    return undefined;
  };
  for (const object of objects) {
    const wrong = climb(object);
    if (wrong !== undefined) return wrong;
  }
  const own = new Set(objects.map((object) => object.target));
  return { archives: order.reverse().filter((entry) => !own.has(entry.target)), vmlinux, modules: [...modules] };
}

/** What modpost writes for a module, which is compiled before the module is linked. */
function isModulesOwn(entry: IndexEntry, index: BuildIndex): boolean {
  return (index.files[entry.source] ?? '').endsWith('.mod.c');
}

/** By their names in 3.14 to 6.18: others are there because somebody asked make for them. */
function holdsConstants(path: string): boolean {
  return /[/-](?:offsets|bounds)\.s$/.test(path);
}

/** Objects that the link compiles itself, where they need it. */
function linkMakes(path: string, index: BuildIndex): boolean {
  return ['init/version-timestamp.o', '.vmlinux.export.o'].some((name) => path === `${index.tree.build}/${name}`);
}

/** What the link makes of archives. */
function isFinal(path: string, index: BuildIndex): boolean {
  return ['vmlinux', 'vmlinux.o', '.vmlinux.objs', 'vmlinux.unstripped'].some((name) => path === `${index.tree.build}/${name}`);
}
