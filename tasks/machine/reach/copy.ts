/** Files and directories into a VM and out of it: by tar at both ends, through a session. */
import { lstatSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { LineSplitter } from '../../host/processes/lines.ts';
import { startPiped } from '../../host/processes/piped.ts';
import { isFailure, type Failure, type Result } from '../../report/failure.ts';
import { interrupted } from '../../report/interrupted.ts';
import type { VmEntry } from '../../vms/entry.ts';
import { vmsFailure } from '../../vms/reasons.ts';
import { guestEnvironment } from '../guest/environment.ts';
import type { Session, Sink } from '../guest/control.ts';
import type { VmLink } from './link.ts';
import type { Copy } from './places.ts';

interface CopyOptions {
  readonly vm: VmEntry;
  readonly link: VmLink;
  readonly cwd: string;
  readonly signal: AbortSignal;
  /** So many bytes have gone over. */
  readonly progress: (bytes: number) => void;
}

/**
 * At either end. $1: the place; the names of what comes. Into a directory that
 * is there it goes under its own name; else what is one gets the place's name.
 * First beside its place, then renamed: nobody sees half of it, and none is left
 * where the kloop that sends it is killed.
 */
const unpack = `
to=$1; shift
if [ -d "$to" ]; then into=$to; else
  case $to in */) echo "$to: no such directory" >&2; exit 1;; esac
  if [ $# -gt 1 ]; then echo "$to: no directory" >&2; exit 1; fi
  into=$(dirname -- "$to")
fi
part=$(mktemp -d "$into/.kloop-cp.XXXXXX") || exit
trap 'rm -rf "$part"' EXIT
trap 'exit 1' HUP TERM INT PIPE
tar -C "$part" -xpf - || exit
for name; do
  place=$to
  [ "$into" = "$to" ] && place=$to/$name
  # A directory that is there gets what is new.
  if [ -d "$place" ] && [ ! -L "$place" ] && [ -d "$part/$name" ]; then
    cp -alfT -- "$part/$name" "$place" 2>/dev/null || cp -afT -- "$part/$name" "$place"
  else mv -fT -- "$part/$name" "$place"; fi || exit
done`;

/**
 * The paths. What the kernel makes as it is read (/proc, /sys) has no size that
 * tar could go by.
 */
const pack = `
[ -e "$1" ] || [ -L "$1" ] || { echo "$1: no such file or directory" >&2; exit 1; }
if [ $# = 1 ] && [ -f "$1" ] && [ ! -L "$1" ] && [ ! -s "$1" ]; then
  part=$(mktemp -d) || exit
  trap 'rm -rf "$part"' EXIT
  trap 'exit 1' HUP TERM INT PIPE
  copy=$part/$(basename -- "$1")
  cat -- "$1" >"$copy" && chmod --reference="$1" "$copy" && tar -C "$part" -cf - -- "$(basename -- "$1")"
  exit
fi
for path; do
  set -- "$@" -C "$(dirname -- "$path")" "./$(basename -- "$path")"
  shift
done
exec tar -cf - "$@"`;

/** @returns `copy-failed` with what tar said, `vm-ended`, or that we were interrupted */
export async function copyFiles(copy: Copy, options: CopyOptions): Promise<Failure | undefined> {
  const { vm, link, cwd, signal } = options;
  const from = copy.from.map((path) => resolve(cwd, path));
  // A slash at the end asks for a directory.
  const to = `${resolve(cwd, copy.to)}${/[^/]\/$/.test(copy.to) ? '/' : ''}`;
  const said: string[] = [];
  const over = new Promise<Failure>((resolve) => {
    void link.gone.then(() => resolve(vmsFailure({ reason: 'vm-ended', name: vm.name, console: vm.console })));
    const stop = () => resolve(interrupted(signal));
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
  });
  const ends = copy.way === 'in' ? copyIn(from, to, { ...options, said, over }) : copyOut(from, to, { ...options, said, over });
  const whole = await ends;
  if (isFailure(whole)) return whole;
  return whole ? undefined : vmsFailure({ reason: 'copy-failed', from: copy.from.join(' '), to: copy.to, said });
}

interface Transfer extends CopyOptions {
  /** Gets what went wrong, a line each. */
  readonly said: string[];
  readonly over: Promise<Failure>;
}

/** @returns whether all went well */
async function copyIn(from: readonly string[], to: string, { link, said, over, progress }: Transfer): Promise<Result<boolean>> {
  const missing = from.filter((path) => lstatSync(path, { throwIfNoEntry: false }) === undefined);
  if (missing.length > 0) {
    said.push(...missing.map((path) => `${path}: no such file or directory`));
    return false;
  }
  const tar = startPiped(['tar', '-cf', '-', ...from.flatMap((path) => ['-C', dirname(path), `./${basename(path)}`])], '/');
  const there = new LineSplitter((line) => said.push(line));
  const session = start(link, unpack, [to, ...from.map((path) => basename(path))], (_, chunk, taken) => {
    there.push(chunk);
    taken();
  });
  const send = async () => {
    let sent = 0;
    for await (const chunk of tar.stdout as AsyncIterable<Buffer>) {
      if (!(await session.write(chunk))) break;
      progress(sent += chunk.length);
    }
    session.endInput();
    return Promise.all([tar.ended, session.ended]);
  };
  const ended = await Promise.race([send(), over]);
  there.end();
  if (isFailure(ended)) tar.kill();
  if (isFailure(ended)) return ended;
  const [here, { status }] = ended;
  // What is missing from the archive is missed there, too.
  if (here !== 0 && tar.said.length > 0) said.length = 0;
  said.unshift(...tar.said);
  return here === 0 && status === 0;
}

async function copyOut(from: readonly string[], to: string, { link, said, over, progress }: Transfer): Promise<Result<boolean>> {
  // Where we are killed, it is told.
  const unpacking = startPiped(['setpriv', '--pdeathsig', 'TERM', '--', 'sh', '-c', unpack, 'sh', to, ...from.map((path) => basename(path))], '/');
  let got = 0;
  const there = new LineSplitter((line) => said.push(line));
  const session = start(link, pack, from, (stream, chunk, taken) => {
    if (stream === 'err') {
      there.push(chunk);
      return taken();
    }
    progress(got += chunk.length);
    unpacking.stdin.write(chunk, () => taken());
  });
  session.endInput();
  const receive = async () => {
    const { status } = await session.ended;
    // What has come may look whole.
    if (status !== 0) unpacking.kill('SIGTERM');
    unpacking.stdin.end();
    return [await unpacking.ended, status] as const;
  };
  const ended = await Promise.race([receive(), over]);
  there.end();
  if (isFailure(ended)) {
    unpacking.kill('SIGTERM');
    unpacking.stdin.end();
    await unpacking.ended;
    return ended;
  }
  const [here, status] = ended;
  // Without an archive tar complains of that, too.
  if (status === 0) said.push(...unpacking.said);
  return here === 0 && status === 0;
}

const start = (link: VmLink, script: string, args: readonly string[], sink: Sink): Session =>
  link.guest.start({ argv: ['/bin/sh', '-c', script, 'sh', ...args], cwd: '/', env: guestEnvironment(process.env, ['LC_ALL=C'], '/') }, sink);
