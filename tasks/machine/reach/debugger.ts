/** gdb's command line for a VM that runs, and what it needs of one that comes after it. Pure. */
import { dirname, join } from 'node:path';

interface GdbOptions {
  /** The file with the kernel's symbols; beside it gdb finds the tree's own commands. */
  readonly symbols: string;
  /** The directory of the modules. */
  readonly modules: string;
  /** Where QEMU listens for it. */
  readonly socket: string;
  /** The tree's own commands (`lx-…`), built by CONFIG_GDB_SCRIPTS. */
  readonly scripts: boolean;
  /** A file with `followScript`; `undefined`: no VM comes after this one. */
  readonly follow?: string | undefined;
  /** The person's own, last. */
  readonly more: readonly string[];
}

/** What is beside the symbols where Kbuild has made it. */
export const gdbScripts = (symbols: string): string => join(dirname(symbols), 'vmlinux-gdb.py');

export function gdbArgv({ symbols, modules, socket, scripts, follow, more }: GdbOptions): string[] {
  return [
    'gdb', '-q',
    // gdb runs no script of a directory that it is not told to trust.
    ...(scripts ? ['-iex', `add-auto-load-safe-path ${dirname(symbols)}`] : []),
    // A module may be loaded later; nobody is there to be asked where there is no terminal.
    '-iex', 'set breakpoint pending on',
    // Where QEMU stops the guest is of no interest before all is read.
    '-ex', `target remote ${socket}`,
    // Modules, at their addresses; and from now on, as they are loaded.
    ...(scripts ? ['-ex', `lx-symbols ${modules}`] : []),
    ...(follow === undefined ? [] : ['-x', follow]),
    ...more,
    symbols,
  ];
}

/**
 * For gdb's Python: each line of a pipe is a VM to attach to, its symbols and
 * its socket, a tab between them. Done by gdb itself, between two commands.
 */
export const followScript = (pipe: string): string => `import gdb, threading

def attach(symbols, socket):
    gdb.execute('set confirm off')
    try:
        gdb.execute('disconnect')
    except gdb.error:
        pass
    gdb.execute('file ' + symbols)
    gdb.execute('target remote ' + socket)

def follow():
    with open(${JSON.stringify(pipe)}) as lines:
        for line in lines:
            symbols, socket = line.rstrip('\\n').split('\\t')
            gdb.post_event(lambda symbols=symbols, socket=socket: attach(symbols, socket))

threading.Thread(target=follow, daemon=True).start()
`;
