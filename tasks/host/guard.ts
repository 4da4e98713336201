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

const script = `
trap '' HUP INT TERM QUIT PIPE
undo=() forget=()
echo ready
while read -r -t ${silenceS} kind text; do
  case $kind in
    keep) exit 0 ;;
    undo) undo=("$text" "\${undo[@]}") ;;
    forget) forget+=("$text") ;;
    *) break ;;
  esac
done
for text in "\${undo[@]}" "\${forget[@]}"; do
  line=$(printf %s "$text" | base64 -d)
  said=$(eval "$line" 2>&1) || printf '%s\\n%s\\n' "failed: $line" "$said"
done
echo done`;

export interface Guard {
  /**
   * Tells it what to undo, before the step is taken. The last told is the
   * first undone. @returns false where it has ended: it took kloop for hung,
   * and has undone everything.
   */
  before(commands: string): Promise<boolean>;
  /** All went well: it ends and undoes nothing. */
  keep(): Promise<void>;
  /** Has it undo everything. @returns what it said of commands that failed. */
  undo(): Promise<string[]>;
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
  const lines: string[] = [];
  let rest = '';
  let isReady: (ready: boolean) => void = () => undefined;
  const ready = new Promise<boolean>((resolve) => { isReady = resolve; });
  const ended = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk: Buffer) => {
      rest += chunk.toString();
      const whole = rest.split('\n');
      rest = whole.pop() ?? '';
      lines.push(...whole);
      if (lines.includes('ready')) isReady(true);
    });
    const end = () => { isReady(false); resolve(); };
    child.on('error', end);
    child.stdout.on('close', end);
  });
  if (!(await ready)) return undefined;
  const tell = (kind: string, text: string) => new Promise<boolean>((resolve) => {
    child.stdin.write(`${kind} ${Buffer.from(text).toString('base64')}\n`, (error) => resolve(!error));
  });
  for (const path of forget) await tell('forget', `rm -f -- '${path.replaceAll("'", `'\\''`)}'`);
  return {
    before: (commands) => tell('undo', commands),
    keep: async () => {
      child.stdin.end('keep\n');
      await ended;
    },
    undo: async () => {
      child.stdin.end('back\n');
      await ended;
      return lines.filter((line) => line !== 'ready' && line !== 'done');
    },
  };
}
