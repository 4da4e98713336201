/** The loop on a terminal, with tmux as the person: keys are typed, the screen is read. */
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Screen } from '../support/screen.ts';
import { until } from '../support/until.ts';
import { MarkedSource, processesWith, workshop, type Workshop } from '../support/watch-run.ts';
import { isLongRun } from '../support/skip-unless.ts';

const shop = workshop('terminal');
const hasTmux = spawnSync('tmux', ['-V']).status === 0;
const runs = shop !== undefined && hasTmux;
const it = (name: string, body: (shop: Workshop) => Promise<void>): void => {
  if (shop !== undefined && hasTmux) test(name, () => body(shop));
  else test.skip(name);
};
if (!runs) console.log(`# ${hasTmux ? 'no shared kernel: run it by `npm test -- watch/terminal`' : 'tmux is not installed'}`);

const launch = join(import.meta.dirname, '..', '..', 'tasks', 'launch.cjs');
const quote = (word: string) => `'${word.replaceAll("'", `'\\''`)}'`;

const kloop = (...args: string[]) => [process.execPath, launch, ...args].map(quote).join(' ');

/** Starts the watch in the screen's shell. The guest's shells have a home of their own: what the user's does at its start is not ours. */
function start(screen: Screen, ...args: string[]): void {
  screen.type(`clear; ${kloop('watch', '--pass-env', `HOME=${shop?.dir}`, ...args)}; echo "status $?"`);
  screen.press('Enter');
}

const count = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length;

it('shell mode: a shell in the kernel; a compile error leaves it; a good save brings the next one; quit', async (shop) => {
  const source = new MarkedSource(shop.tree);
  source.restore();
  const screen = await Screen.open({ ...shop.env, SHELL: '/bin/bash' }, shop.dir);
  const before = screen.modes();
  start(screen);
  try {
    await screen.until(/run 1: up/, 900_000);
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
    await screen.until(/run 2: build failed[^\n]*\n\S+@test-terminal:/);
    screen.type('echo still-$((2 + 2))');
    screen.press('Enter');
    await screen.until(/^still-4$/m);

    // So is half a line of output.
    screen.type("printf 'half-%s' out; exec sleep 1000");
    screen.press('Enter');
    await screen.until(/^half-out$/m);
    screen.press('C-]');
    screen.press('h');
    await screen.until(/Ctrl-\] q +quit\nhalf-out$/m);
    source.mark('typed');
    await screen.until(/run 3: up/, 120_000);
    screen.type("dmesg | grep -o 'kloop mark .*'");
    screen.press('Enter');
    // With its prompt: what is typed while the shell does not read is echoed twice, by every shell.
    await screen.until(/^kloop mark typed\n\S+@test-terminal:/m);

    screen.press('C-]');
    screen.press('h');
    await screen.until(/Ctrl-\] q +quit\n\S+@test-terminal:/);
    // A half-typed line goes with its VM: it stays to be read, and the verdict does not follow it.
    screen.type('echo half-typed');
    await screen.until(/^\S+@test-terminal:[^\n]* echo half-typed$/m);
    screen.press('C-]');
    screen.press('r');
    // What is typed from here on is for the next shell, which gets it once.
    screen.type('echo once-$((20 + 3))');
    screen.press('Enter');
    await screen.until(/^\S+@test-terminal:[^\n]* echo half-typed\nkloop: the line you were typing was lost with the old VM: it was not run\n[^\n]*run 4: up[^\n]*\n\S+@test-terminal:/m);
    await screen.until(/^\S+@test-terminal:[^\n]* echo once-\S+ \+ 3\)\)\nonce-23\n\S+@test-terminal:/m);
    assert.is(count(screen.text(), /echo once-/g), 1);

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
    await screen.until(/the shell and its VM have ended/);
    screen.press('Enter');
    await screen.until(/run 5: up/);

    // A panic: what Enter does now is said.
    screen.type('echo c > /proc/sysrq-trigger');
    screen.press('Enter');
    await screen.until(/run 5: VM lost[^\n]*\nkloop: the VM is gone; Enter boots it again, q quits/);
    screen.press('Enter');
    await screen.until(/run 6: up[^\n]*\n\S+@test-terminal:/);

    screen.press('C-]');
    screen.press('q');
    await screen.until(/^status 0$/m);
    assert.is(screen.modes(), before);
    assert.match(screen.text(), /^kloop: 6 runs: 4 passed, 2 failed/m);
    assert.equal(processesWith('test-terminal'), []);
  } finally {
    screen.end();
    source.restore();
  }
});

it('an editor in the guest: its screen is left when its VM goes, and what was said meanwhile is not lost', async (shop) => {
  const screen = await Screen.open(shop.env, shop.dir);
  const before = screen.modes();
  start(screen);
  try {
    await screen.until(/run 1: up/, 900_000);
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

/** A watch in command mode, after its first outcome. */
async function watching(script: string, env: NodeJS.ProcessEnv = {}): Promise<{ screen: Screen; path: string; before: string }> {
  if (shop === undefined) throw new Error('no shared kernel');
  const path = join(shop.dir, 'test.sh');
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  const screen = await Screen.open({ ...shop.env, ...env }, shop.dir);
  const before = screen.modes();
  start(screen, '--', './test.sh');
  await screen.until(/run 1: /, 900_000);
  return { screen, path, before };
}

it('command mode: keys', async () => {
  const { screen, before } = await watching('echo word; exit 3');
  try {
    await screen.until(/run 1: failed, status 3/);
    screen.press('Enter');
    await screen.until(/run 2: failed, status 3 · requested · command/);
    screen.press('r');
    await screen.until(/run 3: failed, status 3 · requested · boot/);
    screen.press('f');
    await screen.until(/run 1: [^]*run 2: [^]*run 3: [^]*run 1: [^]*run 2: [^]*run 3: /);
    screen.press('p');
    await screen.until(/paused/);
    screen.press('p');
    await screen.until(/watching again/);
    screen.press('l');
    await screen.until(/Full log: /);
    screen.press('w');
    await screen.until(/that had no effect:/);
    screen.press('h');
    await screen.until(/ q +quit/);
    // A shell in the VM of the run that just failed.
    screen.press('s');
    await screen.until(/a shell in the VM/);
    screen.type('echo visit-$((4 + 4)); exit');
    screen.press('Enter');
    await screen.until(/^visit-8/m);
    await screen.until(/shell in the VM has ended; keys go to kloop again/);
    screen.press('Enter');
    await screen.until(/run 4: failed/);
    screen.press('q');
    await screen.until(/^status 0$/m);
    assert.is(screen.modes(), before);
  } finally {
    screen.end();
  }
});

/** A shell for the guest that takes its time before it reads, as one with a long start-up file does. */
function slowShell(shell: string): string {
  if (shop === undefined) throw new Error('no shared kernel');
  const path = join(shop.dir, 'slow-shell.sh');
  writeFileSync(path, `#!/bin/sh\necho starting\nsleep 1\nPS1='ready> ' exec ${shell}\n`);
  chmodSync(path, 0o755);
  return path;
}

for (const shell of ['bash --norc --noprofile', 'dash']) {
  it(`a shell that is slow to read, ${shell}: it is up when it reads, and gets once what was typed before`, async (shop) => {
    const screen = await Screen.open(shop.env, shop.dir);
    const before = screen.modes();
    // Not in the screen's environment: tmux would take it, too.
    const shelled = `SHELL=${quote(slowShell(shell))}`;
    try {
      screen.type(`clear; ${shelled} ${kloop('vm')}; echo "status $?"`);
      screen.press('Enter');
      await screen.until(/^starting$/m, 900_000);
      screen.type('echo vm-$((20 + 1))');
      screen.press('Enter');
      await screen.until(/^starting\nready> echo vm-\S+ \+ 1\)\)\nvm-21\nready>/m);
      screen.type('exit 3');
      screen.press('Enter');
      await screen.until(/^status 3$/m);
      assert.is(screen.modes(), before);

      screen.type(`clear; ${shelled} ${kloop('watch')}; echo "status $?"`);
      screen.press('Enter');
      await screen.until(/run 1: up[^\n]*\n[^]*^starting\nready>/m);
      screen.press('C-]');
      screen.press('r');
      screen.type('echo watch-$((20 + 2))');
      screen.press('Enter');
      await screen.until(/run 2: up[^\n]*\nstarting\nready> echo watch-\S+ \+ 2\)\)\nwatch-22\nready>/);
      assert.is(count(screen.text(), /echo watch-/g), 1);
      screen.press('C-]');
      screen.press('q');
      await screen.until(/^status 0$/m);
    } finally {
      screen.end();
    }
  });
}

it('a boot that hangs: the seconds, where its console is, and Ctrl-C ends it', async (shop) => {
  const screen = await Screen.open(shop.env, shop.dir);
  const before = screen.modes();
  try {
    screen.type(`clear; ${kloop('vm', '--kopts', 'rdinit=/none', 'root=/dev/none', 'rootwait')}; echo "status $?"`);
    screen.press('Enter');
    await screen.until(/^booting … \d+ s$/m, 900_000);
    await screen.until(/^booting … \d+ s; its console: \S+console\.log$/m);
    screen.press('C-c');
    await screen.until(/^status 130$/m);
    assert.not.match(screen.text(), /booting/);
    assert.is(screen.modes(), before);

    start(screen, '--kopts', 'rdinit=/none', 'root=/dev/none', 'rootwait', '--', 'true');
    await screen.until(/^booting … \d+ s$/m);
    screen.press('q');
    await screen.until(/^status 0$/m);
    assert.equal(processesWith('test-terminal'), []);
  } finally {
    screen.end();
  }
});

it('vm in the background: it runs to its end, and what is typed is the shell\'s; fg gives it the terminal', async (shop) => {
  const screen = await Screen.open(shop.env, shop.dir);
  const before = screen.modes();
  try {
    screen.type(`clear; ${kloop('vm', '--', 'sh', '-c', 'echo behind-$((1 + 1)); read line; echo got-$line')} &`);
    screen.press('Enter');
    await screen.until(/behind-2$/m, 900_000);
    screen.type('echo host-$((3 + 4))');
    screen.press('Enter');
    await screen.until(/^host-7$/m);
    assert.is(screen.modes(), before);
    assert.not.match(screen.text(), /Stopped/);
    screen.type('fg');
    screen.press('Enter');
    await until('other modes', () => screen.modes() !== before);
    screen.type('typed');
    screen.press('Enter');
    await screen.until(/^got-typed$/m);
    await until('its modes as before', () => screen.modes() === before);
    // The terminal is given back before the VM is gone; what is typed now is read when the job has ended: then the output follows the prompt.
    screen.type('echo host-$((4 + 4))');
    screen.press('Enter');
    await screen.until(/host-8$/m);
    assert.equal(processesWith('test-terminal'), []);
  } finally {
    screen.end();
  }
});

/** A person presses Ctrl-Z and types `fg`: so many times. */
const suspensions = isLongRun ? 100 : 3;

it(`Ctrl-Z, then fg, ${suspensions} times, started by npm: it goes on each time`, async (shop) => {
  const screen = await Screen.open(shop.env, shop.dir);
  const before = screen.modes();
  try {
    screen.type(`clear; npm --prefix ${quote(join(launch, '..', '..'))} run watch -- -- true; echo "status $?"`);
    screen.press('Enter');
    await screen.until(/run 1: passed/, 900_000);
    const ours = screen.modes();
    for (let n = 2; n < suspensions + 2; n++) {
      screen.press('C-z');
      await screen.until(/Stopped/);
      screen.clear();
      screen.type('clear; fg');
      screen.press('Enter');
      await until('our modes', () => screen.modes() === ours);
      screen.press('Enter');
      await screen.until(new RegExp(`run ${n}: passed`));
    }
    screen.press('q');
    await screen.until(new RegExp(`${suspensions + 1} runs: ${suspensions + 1} passed`));
    await until('its modes as before', () => screen.modes() === before);
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
    await until('our modes', () => screen.modes() === ours);
    screen.press('Enter');
    await screen.until(/run 2: passed/);
    screen.press('C-c');
    await screen.until(/2 runs: 2 passed/);
    // From here on what is typed is the shell's.
    await until('its modes as before', () => screen.modes() === before);
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
    // It works there: a save of its script is a outcome.
    writeFileSync(path, '#!/bin/sh\necho from the background\n');
    await screen.until(/run 2: passed/);
    assert.is(screen.modes(), before);
    screen.type('fg');
    screen.press('Enter');
    await until('our modes', () => screen.modes() === ours);
    process.kill(pid, 'SIGTERM');
    await screen.until(/2 runs: 2 passed/);
    // From here on what is typed is the shell's.
    await until('its modes as before', () => screen.modes() === before);
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
    await until('its processes have ended', () => processesWith('test-terminal').length === 0);
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

test.run();
