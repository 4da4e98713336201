/** The loop on a terminal, with tmux as the person: keys are typed, the screen is read. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Screen } from '../support/screen.ts';
import { MarkedSource, processesWith, workshop } from '../support/watch-run.ts';

const shop = workshop('terminal');
const hasTmux = spawnSync('tmux', ['-V']).status === 0;
const runs = shop !== undefined && hasTmux;
const it: (name: string, body: () => Promise<void>) => void = runs ? (name, body) => test(name, body) : (name) => test.skip(name);
if (!runs) console.log(`# ${hasTmux ? 'no shared kernel: run it by `npm test -- watch/terminal`' : 'tmux is not installed'}`);

const launch = join(import.meta.dirname, '..', '..', 'tasks', 'launch.cjs');
const quote = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;

/** Starts the watch in the screen's shell. */
function start(screen: Screen, ...args: string[]): void {
  screen.type(`clear; ${quote(process.execPath)} ${quote(launch)} watch ${args.map(quote).join(' ')}; echo "status $?"`);
  screen.press('Enter');
}

it('shell mode: a shell in the kernel; a compile error leaves it; a good save brings the next one; quit', async () => {
  if (shop === undefined) return;
  const source = new MarkedSource(shop.tree);
  source.restore();
  const screen = new Screen({ ...shop.env, SHELL: '/bin/bash' }, shop.dir);
  const before = screen.modes();
  start(screen);
  try {
    await screen.until(/turn 1: up/, 900_000);
    await screen.until(/^\S+@test-terminal:/m);
    assert.is.not(screen.modes(), before);
    screen.type('echo in-$((1 + 1)) $(stty size)');
    screen.press('Enter');
    await screen.until(/^in-2 30 100$/m);
    screen.resize(90, 25);
    screen.type('echo now $(stty size)');
    screen.press('Enter');
    await screen.until(/^now 25 90$/m);

    source.write('this is no C');
    await screen.until(/protocol\.c:\d+:\d+: error/);
    // What was written into the shell's line is followed by its prompt again.
    await screen.until(/turn 2: not built[^\n]*\n\S+@test-terminal:/);
    screen.type('echo still-$((2 + 2))');
    screen.press('Enter');
    await screen.until(/^still-4$/m);

    screen.type('exec sleep 1000');
    screen.press('Enter');
    source.mark('typed');
    await screen.until(/turn 3: up/, 120_000);
    screen.type("dmesg | grep -o 'kloop mark .*'");
    screen.press('Enter');
    await screen.until(/^kloop mark typed$/m);

    screen.press('C-]');
    screen.press('h');
    await screen.until(/Ctrl-\] q +quit/);
    screen.press('C-]');
    screen.press('r');
    await screen.until(/turn 4: up[^\n]*\n\S+@test-terminal:/);

    // Ctrl-C is the guest's. One command prints and sleeps: bash loses a Ctrl-C that comes before the
    // process that it has forked is the terminal's foreground, which takes a while in a guest with cold caches.
    screen.type("sh -c 'echo sleeping; exec sleep 1000'");
    screen.press('Enter');
    await screen.until(/^sleeping$/m);
    screen.press('C-c');
    screen.type('echo after-$((3 + 3))');
    screen.press('Enter');
    await screen.until(/^after-6$/m);

    // A shell that ends takes its VM along; Enter boots it again.
    screen.type('exit');
    screen.press('Enter');
    await screen.until(/the shell has ended/);
    screen.press('Enter');
    await screen.until(/turn 5: up/);

    screen.press('C-]');
    screen.press('q');
    await screen.until(/^status 0$/m);
    assert.is(screen.modes(), before);
    assert.match(screen.text(), /5 turns: 4 passed, 1 failed/);
    assert.equal(processesWith('test-terminal'), []);
  } finally {
    screen.end();
    source.restore();
  }
});

it('an editor in the guest: its screen is left when its VM goes, and what was said meanwhile is not lost', async () => {
  if (shop === undefined) return;
  const screen = new Screen(shop.env, shop.dir);
  const before = screen.modes();
  start(screen);
  try {
    await screen.until(/turn 1: up/, 900_000);
    screen.type(String.raw`printf '\033[?1049h\033[?25l\033[?1000hfull screen'; sleep 1000`);
    screen.press('Enter');
    await screen.until(/^full screen$/m);
    screen.press('C-]');
    screen.press('q');
    const text = await screen.until(/^status 0$/m);
    assert.not.match(text, /^full screen$/m);
    assert.is(screen.modes(), before);
  } finally {
    screen.end();
  }
});

/** A watch in command mode, after its first turn. */
async function watching(script: string, env: NodeJS.ProcessEnv = {}): Promise<{ screen: Screen; path: string; before: string }> {
  if (shop === undefined) throw new Error('no shared kernel');
  const path = join(shop.dir, 'test.sh');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  const screen = new Screen({ ...shop.env, ...env }, shop.dir);
  const before = screen.modes();
  start(screen, '--', './test.sh');
  await screen.until(/turn 1: /, 900_000);
  return { screen, path, before };
}

it('command mode: keys', async () => {
  const { screen, before } = await watching('echo word; exit 3');
  try {
    await screen.until(/turn 1: failed, status 3/);
    screen.press('Enter');
    await screen.until(/turn 2: failed, status 3 · asked for · command/);
    screen.press('r');
    await screen.until(/turn 3: failed, status 3 · asked for · boot/);
    screen.press('f');
    await screen.until(/turn 1: [^]*turn 2: [^]*turn 3: [^]*turn 1: [^]*turn 2: [^]*turn 3: /);
    screen.press('p');
    await screen.until(/paused/);
    screen.press('p');
    await screen.until(/watching again/);
    screen.press('l');
    await screen.until(/Full log: /);
    screen.press('w');
    await screen.until(/that did nothing:/);
    screen.press('h');
    await screen.until(/ q +quit/);
    // A shell in the VM of the turn that just failed.
    screen.press('s');
    await screen.until(/a shell in the VM/);
    screen.type('echo visit-$((4 + 4)); exit');
    screen.press('Enter');
    await screen.until(/^visit-8/m);
    await screen.until(/shell in the VM has ended; keys are for the loop/);
    screen.press('Enter');
    await screen.until(/turn 4: failed/);
    screen.press('q');
    await screen.until(/^status 0$/m);
    assert.is(screen.modes(), before);
  } finally {
    screen.end();
  }
});

it('command mode: Ctrl-Z, the shell meanwhile with a sane terminal, fg, and Ctrl-C', async () => {
  const { screen, before } = await watching('echo word');
  try {
    const ours = screen.modes();
    assert.is.not(ours, before);
    screen.press('C-z');
    await screen.until(/(?:Stopped|Suspended)/);
    screen.type('echo host-$((5 + 5))');
    screen.press('Enter');
    await screen.until(/^host-10$/m);
    screen.type('fg');
    screen.press('Enter');
    await until(() => screen.modes() === ours);
    screen.press('Enter');
    await screen.until(/turn 2: passed/);
    screen.press('C-c');
    await screen.until(/2 turns: 2 passed/);
    // From here on what is typed is the shell's.
    await until(() => screen.modes() === before);
    // The shell told its first status when the job was stopped; this is that of `fg`.
    screen.type('echo "in the end $?"');
    screen.press('Enter');
    await screen.until(/in the end 0$/m);
    assert.is(screen.modes(), before);
  } finally {
    screen.end();
  }
});

it('signals: SIGTSTP from outside; on in the background, where the terminal is let be; fg; SIGTERM', async () => {
  const { screen, before, path } = await watching('echo word');
  try {
    const ours = screen.modes();
    const pid = watchPid();
    process.kill(pid, 'SIGTSTP');
    await screen.until(/Stopped/);
    assert.is(screen.modes(), before);
    screen.type('bg');
    screen.press('Enter');
    // It works there: a save of its script is a turn.
    writeFileSync(path, '#!/bin/sh\necho from the background\n');
    await screen.until(/turn 2: passed/);
    assert.is(screen.modes(), before);
    screen.type('fg');
    screen.press('Enter');
    await until(() => screen.modes() === ours);
    process.kill(pid, 'SIGTERM');
    await screen.until(/2 turns: 2 passed/);
    // From here on what is typed is the shell's.
    await until(() => screen.modes() === before);
    screen.type('echo "in the end $?"');
    screen.press('Enter');
    await screen.until(/in the end 143$/m);
    assert.is(screen.modes(), before);
    assert.equal(processesWith('test-terminal'), []);
  } finally {
    screen.end();
  }
});

it('a crash of ours: the terminal is sane, and no QEMU is left', async () => {
  const crash = "--import=data:text/javascript,process.on('SIGUSR2',()=>{throw(new(Error)('crash'))})";
  const { screen, before } = await watching('echo word', { NODE_OPTIONS: crash });
  try {
    process.kill(watchPid(), 'SIGUSR2');
    await screen.until(/^status 125$/m);
    // Its lines begin at the margin.
    assert.match(screen.text(), /^kloop: a bug in kloop: Error: crash$/m);
    assert.is(screen.modes(), before);
    await until(() => processesWith('test-terminal').length === 0);
  } finally {
    screen.end();
  }
});

function watchPid(): number {
  const line = processesWith('launch.cjs').find((text) => text.includes(' watch ') && text.includes('./test.sh') && environmentOf(text).includes('VM_NAME=test-terminal'));
  if (line === undefined) throw new Error('no watch runs');
  return Number(line.split(' ')[0]);
}

function environmentOf(line: string): string {
  const path = `/proc/${line.split(' ')[0]}/environ`;
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

async function until(look: () => boolean, ms = 10_000): Promise<void> {
  for (const deadline = Date.now() + ms; !look();) {
    if (Date.now() > deadline) throw new Error('it never came to be');
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

test.run();
