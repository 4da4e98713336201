/**
 * A guard: a small root's shell beside kloop that undoes what kloop began,
 * should kloop end in whatever way before it says `keep`. It learns each undo
 * before the step that it undoes, through a pipe; the pipe's end tells it that
 * kloop is gone, with no polling and no time to wait. It is in a session of
 * its own and ignores what a closing terminal sends, so that a lost ssh
 * connection, too, puts things back.
 */
import { spawn } from 'node:child_process';
import { asRoot, shown, type Privilege } from './privilege.ts';

/** How long kloop may be silent before the guard takes it for hung, in s. Longer than any one step may take. */
const silenceS = 90;

// Words end with a NUL, so that commands may hold anything else.
const script = `
trap '' HUP INT TERM QUIT PIPE
undo=() forget=()
printf 'ready\\0'
while IFS= read -r -t ${silenceS} -d '' kind && IFS= read -r -d '' text; do
  case $kind in
    keep) exit 0 ;;
    undo) undo=("$text" "\${undo[@]}") ;;
    forget) forget+=("$text") ;;
    alive) ;;
    do) said=$(eval "$text" 2>&1 </dev/null); printf '%s\\0%s\\0' "$?" "$said" ;;
    *) break ;;
  esac
done
for text in "\${undo[@]}" "\${forget[@]}"; do
  said=$(eval "$text" 2>&1 </dev/null) || printf 'failed\\0%s\\0%s\\0' "$text" "$said"
done
printf 'done\\0'`;

/** A command that did not undo what it should have: as a person would type it, and what it said. */
export interface FailedUndo {
  readonly command: string;
  readonly said: string;
}

export interface Guard {
  /**
   * Tells it the commands that undo a step, in the order in which they are to
   * be run, before the step is taken. The step last told is undone first; each
   * command is run whatever became of the one before. With none it is told
   * that kloop is alive. @returns false where it has ended: it took kloop for
   * hung, and has undone everything.
   */
  before(undo: readonly (readonly string[])[]): Promise<boolean>;
  /**
   * Runs a command that takes no time. The guard undoes what was begun one
   * after the other with it, whenever kloop is killed: a process of kloop's own
   * might take its step after its undo. @returns its status and what it said;
   * `undefined` where the guard has ended.
   */
  run(argv: readonly string[]): Promise<{ readonly status: number; readonly said: string } | undefined>;
  /** All went well: it ends and undoes nothing. */
  keep(): Promise<void>;
  /** Has it undo everything. @returns the commands that failed; `undefined` where it was gone before it had undone all. */
  undo(): Promise<FailedUndo[] | undefined>;
}

interface GuardOptions {
  readonly privilege: Privilege;
  /** Files that it removes when it has undone all: the record of what there was to undo. */
  readonly forget: readonly string[];
}

/** Starts a guard; `undefined` where it could not be started (sudo refused). */
export async function startGuard({ privilege, forget }: GuardOptions): Promise<Guard | undefined> {
  // setsid inside sudo: sudo itself may ask for a password, on our terminal.
  // --norc: bash's input is a socket, for which it would read root's ~/.bashrc, whose output would come before our words.
  const [program = '', ...args] = asRoot(['setsid', 'bash', '--norc', '-c', script], privilege);
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  child.stdout.setEncoding('utf8');
  const words = wordsOf(child.stdout);
  const word = async () => (await words.next()).value;
  if ((await word()) !== 'ready') return undefined;
  const tell = (kind: string, what = '') => new Promise<boolean>((resolve) => {
    child.stdin.write(`${kind}\0${what}\0`, (error) => resolve(!error));
  });
  for (const path of forget) await tell('forget', shown(['rm', '-f', '--', path]));
  return {
    before: async (undo) => {
      const told = await Promise.all([tell('alive'), ...[...undo].reverse().map((argv) => tell('undo', shown(argv)))]);
      return told.every((went) => went);
    },
    run: async (argv) => {
      if (!(await tell('do', shown(argv)))) return undefined;
      const [status, said] = [await word(), await word()];
      return status === undefined || said === undefined ? undefined : { status: Number(status), said };
    },
    keep: async () => {
      child.stdin.end('keep\0\0');
      while ((await word()) !== undefined);
    },
    undo: async () => {
      child.stdin.end('back\0\0');
      const failed: FailedUndo[] = [];
      for (;;) {
        const kind = await word();
        if (kind === 'done') return failed;
        if (kind === undefined) return undefined;
        failed.push({ command: (await word()) ?? '', said: (await word()) ?? '' });
      }
    },
  };
}

/** Words that each end with a NUL, as they come; none any more where the stream ends or breaks. */
async function* wordsOf(stream: AsyncIterable<string>): AsyncGenerator<string, undefined> {
  let rest = '';
  try {
    for await (const chunk of stream) {
      const whole = (rest + chunk).split('\0');
      rest = whole.pop() ?? '';
      yield* whole;
    }
  } catch {
    // As good as its end.
  }
  return undefined;
}
