/** What an old tree needs of tools that are newer than it: one table of facts. Pure. */
import { isOlder, type KernelVersion } from '../source/tree.ts';

/** A tree, as far as the table looks at it. */
export interface TreeFiles {
  readonly version: KernelVersion;
  /** The text of a file below the tree's top; `undefined` where there is none. */
  text(path: string): string | undefined;
}

/**
 * The variables of make that name the tools: the kernel's compiler, that of the
 * programs which run during the build, the linker; and the assembler's further
 * flags. And Kbuild's own `make-cmd`, by which it notes the command of each file:
 * that one is replaced.
 */
export type ToolVariable = 'CC' | 'HOSTCC' | 'LD' | 'KAFLAGS' | 'make-cmd';

interface NewerTool {
  readonly variable: ToolVariable;
  /** The first version of gcc, GNU ld, as or make that the tree does not suit. */
  readonly from: readonly [major: number, minor: number];
  /** What the tool's command gets, or the variable's value. Only that version and newer ones need know the option. */
  readonly flag: string;
  /** Where a command already has an option of this kind, its owner has chosen. */
  readonly chosen: RegExp;
  /** Whether this tree is concerned, by its own text: distributions and stable trees take fixes over. */
  concerns(tree: TreeFiles): boolean;
  /** What is the matter, after "gcc 15.1 " and before ": adding …". */
  why(tree: TreeFiles): string;
}

const has = (tree: TreeFiles, path: string, pattern: RegExp): boolean => pattern.test(tree.text(path) ?? '');

/** Whether the top-level makefile leaves it to the compiler which C it compiles. */
function namesNoStandard(tree: TreeFiles): boolean {
  return isOlder(tree.version, 3, 18) && !has(tree, 'Makefile', /-std=gnu\d/);
}

/** The header of a major version of gcc, which trees before 4.2 include by __GNUC__. */
const headerOf = (major: number): string => `include/linux/compiler-gcc${major}.h`;

/** The compiler is told to call itself the last version whose header the tree has: what the header knows holds for newer ones too. */
function headerMissing(last: number, flag: string): NewerTool {
  return {
    // Met: 3.14.33, gcc 12.2. Fixed by "compiler-gcc: integrate the various compiler-gcc[345].h files" (4.2; from memory).
    variable: 'CC', from: [last + 1, 0], flag, chosen: /-D ?__GNUC__=/,
    concerns: (tree) => has(tree, 'include/linux/compiler-gcc.h', /^#include gcc_header\(__GNUC__\)/m) && tree.text(headerOf(last)) !== undefined && tree.text(headerOf(last + 1)) === undefined,
    why: (tree) => `has no header in Linux ${tree.version.text}, which has them up to ${headerOf(last)}`,
  };
}

export const newerTools: readonly NewerTool[] = [
  // Which minor version it is matters for gcc 4 alone.
  headerMissing(4, '-U__GNUC__ -D__GNUC__=4 -U__GNUC_MINOR__ -D__GNUC_MINOR__=9'),
  ...[5, 6, 7, 8, 9, 10, 11, 12, 13, 14].map((last) => headerMissing(last, `-U__GNUC__ -D__GNUC__=${last}`)),
  {
    // gcc 5's porting guide: C11 instead of C89, in which `extern inline` is another thing. Met: 3.14.33, gcc 12.2. Fixed by
    // "kernel: use the gnu89 standard explicitly" (3.18 and stable trees; from memory).
    variable: 'CC', from: [5, 0], flag: '-std=gnu89', chosen: /-std=/,
    concerns: namesNoStandard,
    why: (tree) => `defaults to a newer C than Linux ${tree.version.text} is written in`,
  },
  {
    // gcc 15's release notes. Fixed in 6.14 and in those stable trees that took the fix over: the early boot
    // code does not take the flags of the rest, so that the standard has to stand in the command itself.
    variable: 'CC', from: [15, 0], flag: '-std=gnu11', chosen: /-std=/,
    concerns: (tree) => isOlder(tree.version, 6, 14) && !namesNoStandard(tree) && ['arch/x86/boot/compressed/Makefile', 'arch/x86/Makefile'].some((path) => {
      const text = tree.text(path);
      return text !== undefined && !/-std=gnu\d/.test(text);
    }),
    why: (tree) => `defaults to C23, which Linux ${tree.version.text} does not support`,
  },
  {
    // Met: 4.19.80, gcc 12.2. Fixed by "libsubcmd: Fix use-after-free for realloc(..., 0)" (5.17 and stable trees; from
    // memory). EXTRA_CFLAGS does not reach it: objtool is made with HOSTCC.
    variable: 'HOSTCC', from: [12, 0], flag: '-Wno-error=use-after-free', chosen: /-Wno-error=use-after-free/,
    concerns: (tree) => has(tree, 'tools/lib/subcmd/subcmd-util.h', /ret = realloc\(ptr, size\);\s*if \(!ret && !size\)\s*ret = realloc\(ptr, 1\)/),
    why: (tree) => `calls a use after free in objtool of Linux ${tree.version.text} an error`,
  },
  {
    // gcc 10's porting guide (-fno-common by default). Fixed by "scripts/dtc: Remove redundant YYLOC global
    // declaration" (5.6 and stable trees; from memory).
    variable: 'HOSTCC', from: [10, 0], flag: '-fcommon', chosen: /-fcommon|-fno-common/,
    concerns: (tree) => ['scripts/dtc/dtc-lexer.l', 'scripts/dtc/dtc-lexer.lex.c_shipped'].some((path) => has(tree, path, /^YYLTYPE yylloc;/m)),
    why: (tree) => `does not link scripts/dtc of Linux ${tree.version.text}, which defines yylloc twice`,
  },
  {
    // Debian 9 and Arch since 2017 build gcc so that it makes position-independent programs by default (from memory);
    // the makefiles turn it off from 4.9 on.
    variable: 'CC', from: [6, 0], flag: '-fno-pie', chosen: /-f(?:no-)?pie/i,
    concerns: (tree) => isOlder(tree.version, 4, 9) && !has(tree, 'Makefile', /-fno-pie/i),
    why: (tree) => `may make position-independent code by default, which Linux ${tree.version.text} does not turn off`,
  },
  {
    // binutils' NEWS of 2.39: warnings of segments that can be written and run, and of objects that do not say whether
    // they want such a stack; -z notext spares that of DT_TEXTREL (2.35). All are of the compressed image, at each of its
    // links. Met: 4.19.80, binutils 2.40. The makefiles do the same from 5.19 on, and in stable trees.
    variable: 'LD', from: [2, 39], flag: '-z noexecstack -z notext --no-warn-rwx-segments', chosen: /--no-warn-rwx-segments/,
    concerns: (tree) => isOlder(tree.version, 6, 0) && ['Makefile', 'arch/x86/boot/compressed/Makefile'].every((path) => !has(tree, path, /no-warn-rwx-segments/)),
    why: (tree) => `warns of how Linux ${tree.version.text} links its boot image`,
  },
  {
    // as's manual, -mshared: without it a jump to a global label is made short where it can be (2.26; from memory). The
    // entries of exceptions at boot are found by counting nine bytes for each, which holds for long jumps alone. Met: 3.14.33,
    // binutils 2.40: the first page fault stops the kernel before it prints anything. Fixed by "x86/asm/irq: Stop relying on
    // magic JMP behavior for early_idt_handlers" (4.1 and stable trees; from memory).
    variable: 'KAFLAGS', from: [2, 26], flag: '-Wa,-mshared', chosen: /(?!)/,
    concerns: (tree) => has(tree, 'arch/x86/kernel/head_64.S', /^early_idt_handlers:/m),
    why: (tree) => `makes jumps shorter than Linux ${tree.version.text} counts on when it boots`,
  },
  {
    // GNU make's NEWS of 4.3: within a function # needs no backslash any more, and one that is there stays. The notes then
    // end at a #, which each compiler command has (KBUILD_STR), no command is what was noted, and every make compiles all
    // again. Met: 3.14.33, make 4.3. Fixed by "Kbuild: fix # escaping in .cmd files for future Make" (4.17 and stable trees;
    // from memory). What is noted is what an older make notes.
    variable: 'make-cmd', from: [4, 3], flag: String.raw`$(subst \\,\\\\,$(subst #,\#,$(subst $$,$$$$,$(call escsq,$(cmd_$(1))))))`, chosen: /(?!)/,
    concerns: (tree) => has(tree, 'scripts/Kbuild.include', /^make-cmd = .*\$\(subst \\#,/m),
    why: (tree) => `would compile all of Linux ${tree.version.text} again each time, for what it notes of a command ends at the first #`,
  },
];

/** What one tool's command gets, and why, in words. */
export interface Fix {
  readonly variable: ToolVariable;
  readonly flags: string;
  readonly words: string;
}

/** A tool as it is called; `version` is `undefined` where it is not known, or it is not GNU's. */
export interface ToolVersion {
  readonly command: string;
  readonly version: { readonly major: number; readonly minor: number; readonly text: string } | undefined;
}

/** The rows that concern a tree: where there are none, no tool need be asked. */
export function concerned(tree: TreeFiles): readonly NewerTool[] {
  return newerTools.filter((row) => row.concerns(tree));
}

/** What the tools' commands get, a line of words for each row that applies. */
export function fixesFor(rows: readonly NewerTool[], tree: TreeFiles, tools: Readonly<Record<ToolVariable, ToolVersion>>): Fix[] {
  return rows.flatMap((row): Fix[] => {
    const { command, version } = tools[row.variable];
    const [major, minor] = row.from;
    if (version === undefined || isOlder(version, major, minor) || row.chosen.test(command)) return [];
    const done = row.variable === 'make-cmd' ? 'setting make-cmd' : `adding ${row.flag} to ${row.variable}`;
    return [{ variable: row.variable, flags: row.flag, words: `${command} ${version.text} ${row.why(tree)}: ${done}` }];
  });
}
