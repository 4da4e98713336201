/** By FUSE: names that the guest knows, and need not ask for again, are new at once with the next input when the host has changed them. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, linkSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { suite } from 'uvu';
import * as assert from 'uvu/assert';
import { makePlace, runVm, type Place } from '../vm.ts';

let place: Place | undefined;
const all = suite('changes');
all.before(async () => { place = await makePlace(); });
all.after(() => place?.remove());

/** A shell in the guest, which gets one line of input after the other, as somebody types it. */
interface Shell {
  readonly dir: string;
  /** The lines that it prints, each also as it comes. */
  ask(line: string, each?: (printed: string) => void): Promise<string[]>;
  /** The program at the host's end of the guest's files. */
  readonly server: () => number;
}

const end = '--answered--';
/** A line takes milliseconds, and where the host's removal is to be noticed, a second. */
const answerMs = 60_000;

function serverOf(harness: number): number {
  const children = (pid: number): number[] => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  const below = (pid: number): number[] => [pid, ...children(pid).flatMap(below)];
  const found = below(harness).find((pid) => readFileSync(`/proc/${pid}/comm`, 'utf8') === 'kloop-files\n');
  if (found === undefined) throw new Error('the files have no server');
  return found;
}

async function inShell(use: (shell: Shell) => Promise<void>, more: { filesWatches?: number } = {}): Promise<void> {
  if (place === undefined) throw new Error('no place');
  // Not below /tmp, of which the guest has one of its own. One deeper than where other programs make and remove names, of which the guest is told.
  const own = mkdtempSync('/var/tmp/kloop-test-');
  const dir = join(own, 'here');
  mkdirSync(dir);
  let child: ChildProcess | undefined;
  let lines: string[] = [];
  let hear: ((printed: string) => void) | undefined;
  let answered: (() => void) | undefined;
  const used = (started: ChildProcess) => {
    child = started;
    if (started.stdout === null) throw new Error('no output');
    createInterface({ input: started.stdout }).on('line', (line) => {
      if (line === end) {
        answered?.();
        return;
      }
      lines.push(line);
      hear?.(line);
    });
  };
  let wrong: unknown;
  try {
    const ended = await runVm(place, {
      request: { command: ['sh', '-c', `while read -r line; do eval "$line"; echo ${end}; done 2>&1`], cwd: dir, passEnv: [], files: 'fuse', ...more },
      input: 'later',
      during: (started) => {
        used(started);
        const gone = new Promise((_, reject) => { started.once('close', () => reject(new Error('the guest has ended'))); });
        gone.catch(() => undefined);
        const ask = async (line: string, each?: (printed: string) => void) => {
          lines = [];
          hear = each;
          const answer = new Promise<void>((resolve) => { answered = resolve; });
          started.stdin?.write(`${line}\n`);
          let late: NodeJS.Timeout | undefined;
          const tooLate = new Promise((_, reject) => { late = setTimeout(() => reject(new Error(`not answered within a minute: ${line}`)), answerMs); });
          await Promise.race([answer, gone, tooLate]).finally(() => clearTimeout(late));
          return lines;
        };
        void use({ dir, ask, server: () => serverOf(started.pid ?? 0) }).catch((error: unknown) => {
          wrong = error;
          started.kill();
        }).finally(() => started.stdin?.end());
      },
    });
    if (wrong !== undefined) throw wrong instanceof Error ? wrong : new Error('the test failed');
    assert.is(ended.status, 0, ended.stderr);
  } finally {
    child?.kill();
    rmSync(own, { recursive: true });
  }
}

/** What is looked at, before the change and after it: twice before, so that what is kept is kept by then. */
async function changes(shell: Shell, look: string, before: string[], change: () => void, after: string[]): Promise<void> {
  await shell.ask(look);
  assert.equal(await shell.ask(look), before, look);
  change();
  assert.equal(await shell.ask(look), after, look);
  assert.equal(await shell.ask(look), after, `${look}, again`);
}

/** A shell's words for what it finds by a path, which start no program. */
const see = (path: string) => `if [ -x ${path} ]; then echo runs; elif [ -e ${path} ]; then echo is there; else echo none; fi`;
const read = (path: string) => `if read -r text < ${path}; then echo "$text"; fi 2> /dev/null; ${see(path)}`;

function pointTo(target: string, link: string): number {
  unlinkSync(link);
  symlinkSync(target, link);
  return lstatSync(link).ino;
}

/** Links, whose targets the guest keeps: longer, shorter, by a rename, below other directories, and with the number of the one before. */
async function changeLinks(shell: Shell): Promise<void> {
  const at = (name: string) => join(shell.dir, name);
  const targets = ['a', 'b'.repeat(200), 'cc', 'd'.repeat(1000), 'e'];
  mkdirSync(at('l/i'), { recursive: true });
  symlinkSync('a', at('l/i/link'));
  const look = 'readlink l/i/link; stat -c %s l/i/link';
  const seen = (target: string) => [target, String(target.length)];
  for (const [i, target] of targets.entries())
    if (i > 0) await changes(shell, look, seen(targets[i - 1] ?? ''), () => pointTo(target, at('l/i/link')), seen(target));
  await changes(shell, look, seen('e'), () => { symlinkSync('by-rename', at('new')); renameSync(at('new'), at('l/i/link')); }, seen('by-rename'));
  await changes(shell, look, seen('by-rename'), () => {
    renameSync(at('l'), at('m'));
    mkdirSync(at('l/i'), { recursive: true });
    symlinkSync('another', at('l/i/link'));
  }, seen('another'));
  // Most file systems give a number that has become free to the next file.
  let ino = lstatSync(at('l/i/link')).ino;
  for (let i = 0, reused = 0, target = 'another'; i < 12 && reused < 2; i++) {
    const before = seen(target);
    target = `${target.slice(0, 7)}${'x'.repeat(i % 3)}${i}`;
    await changes(shell, look, before, () => {
      const now = pointTo(target, at('l/i/link'));
      reused += now === ino ? 1 : 0;
      ino = now;
    }, seen(target));
  }
}

/** All that may change in a directory. */
async function changeEverything(shell: Shell): Promise<void> {
  const at = (name: string) => join(shell.dir, name);
  const change = (look: string, before: string[], how: () => void, after: string[]) => changes(shell, look, before, how, after);
  mkdirSync(at('d/deep/er'), { recursive: true });
  for (const name of ['plain', 'mode', 'gone', 'turns', 'd/deep/er/file']) writeFileSync(at(name), 'old\n');
  await change(read('plain'), ['old', 'is there'], () => writeFileSync(at('plain'), 'newer\n'), ['newer', 'is there']);
  await change('stat -c %s plain', ['6'], () => writeFileSync(at('plain'), 'new\n'), ['4']);
  await change('stat -c %Y plain', [execFileSync('stat', ['-c', '%Y', at('plain')]).toString().trim()], () => utimesSync(at('plain'), 1, 86_400), ['86400']);
  await change(read('mode'), ['old', 'is there'], () => chmodSync(at('mode'), 0o755), ['old', 'runs']);
  await change(read('gone'), ['old', 'is there'], () => unlinkSync(at('gone')), ['none']);
  await change(read('made'), ['none'], () => writeFileSync(at('made'), 'new\n'), ['new', 'is there']);
  await change(`${read('turns')}; echo turns*/*`, ['old', 'is there', 'turns*/*'], () => { unlinkSync(at('turns')); mkdirSync(at('turns')); writeFileSync(at('turns/in'), ''); }, ['runs', 'turns/in']);
  // What the host has removed can be made in the guest, though not within the first second.
  assert.equal(await shell.ask(`until echo own > gone; do sleep 0.2; done 2> /dev/null; ${read('gone')}`), ['own', 'is there']);
  await change(read('d/deep/er/file'), ['old', 'is there'], () => {
    renameSync(at('d'), at('e'));
    mkdirSync(at('d/deep/er'), { recursive: true });
    writeFileSync(at('d/deep/er/file'), 'of another\n');
  }, ['of another', 'is there']);
  await change(read('e/deep/er/file'), ['old', 'is there'], () => renameSync(at('e/deep'), at('e/other')), ['none']);
  await change(read('e/other/er/file'), ['old', 'is there'], () => rmSync(at('e'), { recursive: true }), ['none']);
  // By another name, in a directory that the guest has never looked at.
  mkdirSync(at('unseen'));
  writeFileSync(at('linked'), 'old\n');
  linkSync(at('linked'), at('unseen/name'));
  await change(`stat -c %s linked; ${read('linked')}`, ['4', 'old', 'is there'], () => writeFileSync(at('unseen/name'), 'newer\n'), ['6', 'newer', 'is there']);
  mkdirSync(at('two'));
  symlinkSync('two', at('link'));
  writeFileSync(at('two/file'), 'old\n');
  await change(`${read('two/file')}; ${read('link/file')}`, ['old', 'is there', 'old', 'is there'], () => { writeFileSync(at('two/new'), 'new\n'); renameSync(at('two/new'), at('two/file')); }, ['new', 'is there', 'new', 'is there']);
  await change(read('link/file'), ['new', 'is there'], () => { unlinkSync(at('link')); symlinkSync('unseen', at('link')); }, ['none']);
  // More names than are sent one by one.
  mkdirSync(at('many'));
  const names = Array.from({ length: 30 }, (_, i) => `many/${i}`);
  for (const name of names) writeFileSync(at(name), 'old\n');
  const manyRead = 'for i in many/*; do read -r text < $i; echo "$text"; done | sort | uniq -c | tr -s " "; [ -e many/x ] && echo x';
  await change(manyRead, [' 30 old'], () => { for (const name of names) writeFileSync(at(name), 'new\n'); writeFileSync(at('many/x'), 'new\n'); }, [' 31 new', 'x']);
  await change('stat -c %s many/1 many/29', ['4', '4'], () => { for (const name of names) writeFileSync(at(name), 'newest\n'); }, ['7', '7']);
}

all('of names, content, modes, and directories above: at once', () => inShell(changeEverything));

all('the same, where hardly a directory can be watched', () => inShell(changeEverything, { filesWatches: 3 }));

all('of where links lead: at once', () => inShell(changeLinks));

all('the same, where hardly a directory can be watched', () => inShell(changeLinks, { filesWatches: 3 }));

/** The guest's kernel keeps the very link, and what it knows of it. */
async function changeOpenLink(shell: Shell): Promise<void> {
  const link = join(shell.dir, 'link');
  const targets = ['a', 'b'.repeat(300), 'c', 'd'.repeat(20)];
  symlinkSync('a', link);
  const hold = 'import os, time; os.open("link", os.O_PATH | os.O_NOFOLLOW); open("held", "w"); time.sleep(1000)';
  assert.equal(await shell.ask(`python3 -c '${hold}' & until [ -e held ]; do sleep 0.1; done; echo held`), ['held']);
  for (const [i, target] of targets.entries())
    if (i > 0) await changes(shell, 'readlink link', [targets[i - 1] ?? ''], () => pointTo(target, link), [target]);
  await shell.ask('kill $!; wait $!');
}

all('of where links lead that the guest has open: at once', () => inShell(changeOpenLink));

all('the same, where hardly a directory can be watched', () => inShell(changeOpenLink, { filesWatches: 3 }));

all('of where links lead: within a running command', () => inShell(async (shell) => {
  const link = join(shell.dir, 'link');
  const targets = ['a', 'longer-than-before', 'b', 'c'.repeat(300), 'at-last'];
  symlinkSync('a', link);
  // Each target as it is first seen; 3 s for all of it.
  const watch = `for i in $(seq 300); do now=$(readlink link); [ "$now" = "$last" ] || echo "$now"; last=$now; [ "$now" != at-last ] || break; sleep 0.01; done`;
  const said = await shell.ask(watch, (target) => {
    const next = targets[targets.indexOf(target) + 1];
    if (next === undefined) return;
    symlinkSync(next, `${link}.new`);
    renameSync(`${link}.new`, link);
  });
  assert.equal(said, targets);
}));

all('without a question where nothing has changed; and at once after more changes than are kept in between', () => inShell(async (shell) => {
  const at = (name: string) => join(shell.dir, name);
  const dirs = Array.from({ length: 20 }, (_, i) => `d${i}`);
  for (const dir of dirs) {
    mkdirSync(at(dir));
    writeFileSync(at(`${dir}/known`), 'old\n');
  }
  // Before 5.10 the guest cannot be told, and asks again: it would wait for a server that stands still.
  const [major = 0, minor = 0] = (await shell.ask('uname -r')).join().split('.').map(Number);
  const isTold = major > 5 || (major === 5 && minor >= 10);
  const look = `set -- d*/known; echo $#; for f; do [ -x $f ] && echo $f; done; ${see('d19/made')}`;
  for (let i = 0; i < 3; i++) assert.equal(await shell.ask(look), ['20', 'none']);
  const server = shell.server();
  if (isTold) process.kill(server, 'SIGSTOP');
  try {
    assert.equal(await shell.ask(look), ['20', 'none']);
    // The queue of inotify takes so many events, and says that it has lost some.
    const kept = Number(readFileSync('/proc/sys/fs/inotify/max_queued_events', 'utf8'));
    for (let i = 0; i <= kept; i++) writeFileSync(at(`d${i % 20}/${i}`), '');
    for (const dir of dirs) chmodSync(at(`${dir}/known`), 0o755);
    writeFileSync(at('d19/made'), '');
  } finally {
    process.kill(server, 'SIGCONT');
  }
  assert.equal(await shell.ask(look), ['20', ...dirs.map((dir) => `${dir}/known`).sort(), 'is there']);
}));

all('what the host removes while the guest watches it can be made in the guest once that has ended', () => inShell(async (shell) => {
  writeFileSync(join(shell.dir, 'held'), 'old\n');
  // A watch holds the file, not its name: overlayfs forgets that, and looks it up anew.
  const watch = 'import ctypes, time; c = ctypes.CDLL(None); c.inotify_add_watch(c.inotify_init(), b"held", 2); open("watches", "w"); time.sleep(1000)';
  assert.equal(await shell.ask(`python3 -c '${watch}' & until [ -e watches ]; do sleep 0.1; done; ${see('held')}`), ['is there']);
  unlinkSync(join(shell.dir, 'held'));
  await shell.ask('for i in 1 2 3 4 5 6 7 8; do [ -e held ]; sleep 0.5; done; kill $!; wait $!');
  assert.equal(await shell.ask(`until echo own > held; do sleep 0.2; done 2> /dev/null; ${read('held')}`), ['own', 'is there']);
}));

all('of what is mounted on the host: at once', async () => {
  if (process.getuid?.() !== 0) {
    process.stdout.write('skipped: mounting on the host takes root\n');
    return;
  }
  await inShell(async (shell) => {
    const at = (name: string) => join(shell.dir, name);
    const mounted: string[] = [];
    const mount = (...argv: string[]) => {
      execFileSync('mount', argv);
      mounted.push(argv.at(-1) ?? '');
    };
    const unmount = () => execFileSync('umount', [mounted.pop() ?? '']);
    for (const dir of ['a/b', 'c']) mkdirSync(at(dir), { recursive: true });
    writeFileSync(at('a/b/file'), 'below\n');
    try {
      await changes(shell, `${read('a/b/file')}; ${see('a/b/above')}`, ['below', 'is there', 'none'], () => {
        mount('-t', 'tmpfs', 'none', at('a'));
        mkdirSync(at('a/b'));
        writeFileSync(at('a/b/above'), '');
      }, ['none', 'is there']);
      await changes(shell, see('a/b/above'), ['is there'], () => unlinkSync(at('a/b/above')), ['none']);
      await changes(shell, read('a/b/file'), ['none'], unmount, ['below', 'is there']);
      // One directory by two paths.
      mount('--bind', at('a'), at('c'));
      await changes(shell, `${read('a/b/file')}; ${read('c/b/file')}`, ['below', 'is there', 'below', 'is there'], () => {
        writeFileSync(at('c/b/new'), 'new\n');
        renameSync(at('c/b/new'), at('c/b/file'));
      }, ['new', 'is there', 'new', 'is there']);
    } finally {
      // Lazily: the guest's files may still be open for whoever comes next.
      for (const path of mounted.reverse()) execFileSync('umount', ['--lazy', path]);
    }
  });
});

all('written by a mapping: new when it is opened, its time when it is closed', () => inShell(async (shell) => {
  const path = join(shell.dir, 'mapped');
  writeFileSync(path, 'old\n');
  utimesSync(path, 1, 1);
  const child = spawn('python3', ['-u', '-c', `
import mmap, os, sys
fd = os.open(${JSON.stringify(path)}, os.O_RDWR)
m = mmap.mmap(fd, 4)
os.close(fd)
print('mapped')
sys.stdin.readline()
m[:4] = b'new\\n'
print('written')
sys.stdin.readline()
`], { stdio: ['pipe', 'pipe', 'inherit'] });
  const said = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  await said.next();
  for (let i = 0; i < 2; i++) assert.equal(await shell.ask(`stat -c %Y mapped; ${read('mapped')}`), ['1', 'old', 'is there']);
  child.stdin.write('\n');
  await said.next();
  assert.equal(await shell.ask(read('mapped')), ['new', 'is there']);
  const closed = new Promise((resolve) => child.on('close', resolve));
  child.stdin.end();
  await closed;
  assert.equal(await shell.ask('stat -c %Y mapped'), [execFileSync('stat', ['-c', '%Y', path]).toString().trim()]);
}));

all.run();
