/**
 * A guard: a small root's shell beside kloop that undoes what kloop began,
 * should kloop end in whatever way before it says `keep`. It learns each undo
 * before the step that it undoes, through a pipe; the pipe's end tells it that
 * kloop is gone, with no polling and no time to wait. It is in a session of
 * its own and ignores what a closing terminal sends, so that a lost ssh
 * connection, too, puts things back.
 */
import { spawn } from 'node:child_process';
import { asRoot, type Privilege } from './privilege.ts';

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
    do) said=$(eval "$text" 2>&1 </dev/null); printf '=%s %s\\0' "$?" "$said" ;;
    *) break ;;
  esac
done
for text in "\${undo[@]}" "\${forget[@]}"; do
  said=$(eval "$text" 2>&1 </dev/null) || printf 'failed: %s\\n%s\\0' "$text" "$said"
done
printf 'done\\0'`;

export interface Guard {
  /**
   * Tells it what to undo, before the step is taken. The last told is the
   * first undone. @returns false where it has ended: it took kloop for hung,
   * and has undone everything.
   */
  before(commands: string): Promise<boolean>;
  /**
   * Runs a command that takes no time: a process for each, with all that goes
   * before it, would cost ten times as much. @returns its status and what it
   * said; `undefined` where the guard has ended.
   */
  run(command: string): Promise<{ readonly status: number; readonly said: string } | undefined>;
  /** All went well: it ends and undoes nothing. */
  keep(): Promise<void>;
  /** Has it undo everything. @returns what it said of commands that failed; `undefined` where it was gone before it had undone all. */
  undo(): Promise<string[] | undefined>;
}

export interface GuardOptions {
  readonly privilege: Privilege;
  /** Files that it removes when it has undone all: the record of what there was to undo. */
  readonly forget: readonly string[];
}

/** Starts a guard; `undefined` where it could not be started (sudo refused). */
export async function startGuard({ privilege, forget }: GuardOptions): Promise<Guard | undefined> {
  // setsid inside sudo: sudo itself may ask for a password, on our terminal.
  const [program = '', ...args] = asRoot(['setsid', 'bash', '-c', script], privilege);
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  const failed: string[] = [];
  let rest = '';
  let done = false;
  let answer: (text: string | undefined) => void = () => undefined;
  const next = () => new Promise<string | undefined>((resolve) => { answer = resolve; });
  const ready = next();
  const ended = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      rest += chunk.toString();
      const whole = rest.split('\0');
      rest = whole.pop() ?? '';
      for (const word of whole) {
        if (word.startsWith('failed: ')) failed.push(word);
        else if (word === 'done') done = true;
        else answer(word);
      }
    });
    const end = () => { answer(undefined); resolve(); };
    child.on('error', end);
    child.stdout.on('close', end);
  });
  if ((await ready) !== 'ready') return undefined;
  let gone = false;
  void ended.then(() => { gone = true; });
  const tell = (kind: string, text: string) => new Promise<boolean>((resolve) => {
    child.stdin.write(`${kind}\0${text}\0`, (error) => resolve(!error));
  });
  for (const path of forget) await tell('forget', `rm -f -- '${path.replaceAll("'", `'\\''`)}'`);
  return {
    before: (commands) => tell('undo', commands),
    run: async (command) => {
      if (gone) return undefined;
      const answered = next();
      if (!(await tell('do', command))) return undefined;
      const match = /^=(\d+) ([\s\S]*)$/.exec((await answered) ?? '');
      return match === null ? undefined : { status: Number(match[1]), said: match[2] ?? '' };
    },
    keep: async () => {
      child.stdin.end('keep\0\0');
      await ended;
    },
    undo: async () => {
      child.stdin.end('back\0\0');
      await ended;
      return done ? failed : undefined;
    },
  };
}
