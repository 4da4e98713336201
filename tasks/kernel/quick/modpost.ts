/**
 * modpost over the modules that changed alone: the others are known to it by what they
 * export (`-i`), as the last build wrote it. Where the changed ones export what they did,
 * nothing else can come out differently; where not, all are gone over, as make has it.
 * (scripts/Makefile.modpost and scripts/mod/modpost.c of 6.1, 6.12, 6.18.) Pure.
 */

/** The files of a link of some modules, in the build directory; gone when it has ended. */
export const someModules = {
  /** The modules, as modules.order has them, and the objects that they are linked from. */
  order: '.kloop-modules.order', objects: '.kloop-modules.objects',
  /** What the others and vmlinux export; what these did. */
  others: '.kloop-modules.others', own: '.kloop-modules.own',
  /** What modpost writes. */
  made: '.kloop-modules.made', said: '.kloop-modules.said',
  /** A module that is being linked. */
  linked: '.kloop-modules.linked',
} as const;

interface ModpostRequest {
  /** The saved command of Module.symvers, as a shell runs it. */
  readonly command: string | undefined;
  /** The texts of modules.order and Module.symvers, as the last build left them. */
  readonly order: string;
  readonly symvers: string;
  /** What the changed modules are linked from, below the build directory: `fs/xfs/xfs.o`. */
  readonly modules: readonly string[];
}

/** What the files hold, and the words that call modpost. */
export interface SomeModules {
  readonly call: string;
  readonly files: Readonly<Record<'order' | 'objects' | 'others' | 'own', string>>;
}

/** Its options without arguments, of which each concerns a module by itself. `-t` trims what no module of all uses. */
const known = /^\s*(?:sed 's\/ko\$\/o\/'\s+modules\.order\s*\|\s*)?(scripts\/mod\/modpost)((?:\s+-[MmaEwNW])*)\s+-o Module\.symvers\s+-T (?:-|modules\.order)\s+vmlinux\.o\s*$/;

/** @returns `undefined` where this tree's modpost is called in a way that is not known here */
export function forSomeModules({ command, order, symvers, modules }: ModpostRequest): SomeModules | undefined {
  const [, program, options] = known.exec(command ?? '') ?? [];
  const wanted = new Set(modules.map((object) => object.replace(/\.o$/, '')));
  const listed = order.split('\n').filter((line) => wanted.has(line.replace(/\.k?o$/, '')));
  if (program === undefined || options === undefined || symvers === '' || listed.length !== wanted.size) return undefined;
  const lines = symvers.split('\n').filter((line) => line !== '');
  const isOwn = (line: string) => wanted.has(line.split('\t')[2] ?? '');
  const text = (some: readonly string[]) => some.map((line) => `${line}\n`).join('');
  return {
    call: `${program}${options} -i ${someModules.others} -o ${someModules.made} -T ${someModules.objects}`,
    files: {
      order: text(listed), objects: text(listed.map((line) => line.replace(/\.ko$/, '.o'))),
      others: text(lines.filter((line) => !isOwn(line))), own: text(lines.filter(isOwn)),
    },
  };
}
