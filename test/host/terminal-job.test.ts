/** Job control at real shells, with tmux as the person. The program's parent is of its job, as npm is. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { until } from '../support/until.ts';
import { Screen } from '../support/screen.ts';
import { isLongRun } from '../support/skip-unless.ts';

const root = join(import.meta.dirname, '..', '..');
const program = join(root, 'test', 'support', 'terminal-program.ts');
const hasTmux = spawnSync('tmux', ['-V']).status === 0;
const it: (name: string, body: () => Promise<void>) => void = hasTmux ? (name, body) => test(name, body) : (name) => test.skip(name);
if (!hasTmux) console.log('# tmux is not installed');
/** A person presses Ctrl-Z and types `fg`: so many times. */
const times = isLongRun ? 100 : 5;

const command = `sh -c '"$@"; echo "ended $?"' sh ${process.execPath} --import tsx ${program}`;

async function atShell(body: (screen: Screen) => Promise<void>, shell = 'dash'): Promise<void> {
  const screen = await Screen.open(process.env, root);
  try {
    // Its prompt: what is typed before stands on the screen twice.
    await screen.until(/^[#$]$/m);
    if (shell !== 'dash') {
      screen.type(`exec ${shell}`);
      screen.press('Enter');
      await screen.until(/^sh>$/m);
    }
    await body(screen);
  } finally {
    screen.end();
  }
}

async function started(screen: Screen, line = command): Promise<number> {
  screen.type(line);
  screen.press('Enter');
  const text = await screen.until(/\bpid \d+$/m); // after the next prompt, in the background
  return Number(/\bpid (\d+)$/m.exec(text)?.[1]);
}

/** The state letter of proc(5): T is stopped. */
const stateOf = (pid: number): string => /^.*\) (\w)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? '';

for (const shell of ['dash', "env 'PS1=sh> ' bash --norc --noprofile"]) {
  it(`Ctrl-Z, then fg, ${times} times at ${shell.includes('bash') ? 'bash' : shell}: it goes on, with its terminal`, () => atShell(async (screen) => {
    const before = screen.modes();
    const pid = await started(screen);
    const ours = await changed(screen, before);
    for (let n = 1; n <= times; n++) {
      screen.press('C-z');
      await until('stopped', () => stateOf(pid) === 'T');
      // Typed as soon as it can be, not when a shell has said so.
      screen.type('fg');
      screen.press('Enter');
      await until(`running again, time ${n}`, () => stateOf(pid) !== 'T');
      await until(`its mode, time ${n}`, () => screen.modes() === ours);
      screen.clear();
      screen.press('k');
      await screen.until(/key k resumed \d+/, 20_000);
    }
    screen.press('x');
    await screen.until(new RegExp(`key x resumed ${times}$`, 'm'));
    screen.press('q');
    await screen.until(/^ended 0$/m);
    await until('the shell has the terminal as it was', () => screen.modes() === before);
  }, shell));
}

/** The modes once they are others. */
async function changed(screen: Screen, before: string): Promise<string> {
  await until('a mode of its own', () => screen.modes() !== before);
  return screen.modes();
}

it('SIGTSTP from outside, to it alone: the terminal is as the shell had it, and fg brings both back', () => atShell(async (screen) => {
  const before = screen.modes();
  // Alone: its parent would have to stop for the shell to notice.
  const pid = await started(screen, command.replace('"$@"; echo "ended $?"', 'exec "$@"'));
  const ours = await changed(screen, before);
  process.kill(pid, 'SIGTSTP');
  await screen.until(/Stopped/);
  assert.is(screen.modes(), before);
  screen.type('fg');
  screen.press('Enter');
  await until('its mode', () => screen.modes() === ours);
  await screen.until(/^ *resumed 1$/m);
  screen.press('k');
  await screen.until(/key k resumed 1$/m);
}));

it('SIGTSTP and at once SIGCONT: it does not stop for ever', () => atShell(async (screen) => {
  const before = screen.modes();
  const pid = await started(screen);
  const ours = await changed(screen, before);
  for (let n = 0; n < times; n++) {
    process.kill(pid, 'SIGTSTP');
    process.kill(pid, 'SIGCONT');
  }
  await until('its mode', () => screen.modes() === ours);
  // It may be of before the signals, and the key be echoed in between.
  screen.press('k');
  await screen.until(/key k resumed \d+$/m);
}));

it('two SIGTSTP seen at once with the SIGCONT after them: neither stops it', () => atShell(async (screen) => {
  await started(screen);
  screen.press('t');
  await screen.until(/^ *resumed 1$/m);
  screen.press('k');
  await screen.until(/key k resumed 1$/m);
}));

it('in the background from the start: it runs, the terminal is let be, and what is typed is the shell\'s; fg', () => atShell(async (screen) => {
  const before = screen.modes();
  const pid = await started(screen, `${command} &`);
  screen.type('echo host-$((3 + 4))');
  screen.press('Enter');
  await screen.until(/^host-7$/m);
  assert.is(screen.modes(), before);
  assert.is.not(stateOf(pid), 'T');
  screen.type('fg');
  screen.press('Enter');
  await changed(screen, before);
  screen.press('k');
  await screen.until(/^key k /m);
}));

it('where nobody could continue it, Ctrl-Z is nothing', () => atShell(async (screen) => {
  // A session of its own, with the terminal: its process group is orphaned.
  screen.type(`exec ${process.execPath} --import tsx ${program}`);
  screen.press('Enter');
  await screen.until(/^pid \d+$/m);
  screen.press('C-z');
  screen.press('k');
  await screen.until(/key k resumed 0$/m);
}));

test.run();
