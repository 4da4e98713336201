/** gdb's command line for a VM that runs, and what it needs of one that comes after it. Pure. */
import { dirname, join } from 'node:path';

interface GdbOptions {
  /** The file with the kernel's symbols. */
  readonly symbols: string;
  /** The directory of the modules. */
  readonly modules: string;
  /** Where QEMU listens for it. */
  readonly socket: string;
  /** The tree's own commands (`lx-…`), built by CONFIG_GDB_SCRIPTS; gdb finds those beside the symbols by itself. */
  readonly scripts: string | undefined;
  /** The pipe by which it learns of the VMs after this one; `undefined`: none comes. */
  readonly follow?: string | undefined;
  /** The person's own, last. */
  readonly more: readonly string[];
}

/** In a build directory, where Kbuild has made it. */
export const gdbScripts = (build: string): string => join(build, 'vmlinux-gdb.py');

export function gdbArgv({ symbols, modules, socket, scripts, follow, more }: GdbOptions): string[] {
  return [
    'gdb', '-q',
    // gdb runs no script of a directory that it is not told to trust.
    ...(scripts === undefined ? [] : ['-iex', `add-auto-load-safe-path ${dirname(scripts)}`]),
    // A module may be loaded later; nobody is there to be asked where there is no terminal.
    '-iex', 'set breakpoint pending on',
    ...(scripts === undefined || dirname(scripts) === dirname(symbols) ? [] : ['-ex', `source ${scripts}`]),
    // Where QEMU stops the guest is of no interest before all is read.
    '-ex', `target remote ${socket}`,
    // Modules, at their addresses; and from now on, as they are loaded.
    ...(scripts === undefined ? [] : ['-ex', `lx-symbols ${modules}`]),
    // Not by a file, which a kloop that is killed would leave.
    ...(follow === undefined ? [] : ['-ex', `python exec(${JSON.stringify(followScript(follow))}, {})`]),
    ...more,
    symbols,
  ];
}

/** A VM that gdb is to attach to after another one. */
export interface NextVm {
  readonly symbols: string;
  readonly modules: string;
  readonly socket: string;
}

/** A line for `followScript`. */
export const followLine = ({ symbols, modules, socket }: NextVm): string => `${[symbols, modules, socket].join('\t')}\n`;

/**
 * For gdb's Python: each line of a pipe is a VM to attach to. Done by gdb itself,
 * between two commands. A kernel that was running when its VM went is a kernel
 * that the person had let run: so is the next one, up to a breakpoint.
 */
const followScript = (pipe: string): string => `import gdb, os, threading

running = False

def note(now):
    global running
    running = now

gdb.events.cont.connect(lambda event: note(True))
gdb.events.stop.connect(lambda event: note(False))

def tried(command, said=False):
    try:
        gdb.execute(command, said)
    except gdb.error as error:
        print(error)

def attach(symbols, modules, socket):
    let_run = running
    gdb.execute('set confirm off')
    try:
        gdb.execute('disconnect', to_string=True)
    except gdb.error:
        pass
    tried('file ' + symbols)
    tried('target remote ' + socket)
    if modules:
        tried('lx-symbols ' + modules)
    if let_run:
        tried('continue', True)

def follow():
    with open(${JSON.stringify(pipe)}) as lines:
        os.unlink(lines.name)
        for line in lines:
            vm = line.rstrip('\\n').split('\\t')
            gdb.post_event(lambda vm=vm: attach(*vm))

threading.Thread(target=follow, daemon=True).start()
`;
