import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bootVm, type RunningVm } from '../../../tasks/machine/run/boot.ts';
import type { Session, SessionEnd } from '../../../tasks/machine/guest/control.ts';
import { prepare } from '../../../tasks/machine/run/prepare.ts';
import { isFailure, formatFailure } from '../../../tasks/report/failure.ts';
import { plainRequest } from '../plain.ts';
import { makePlace, type Place } from '../vm.ts';
import { until } from '../../support/until.ts';
import type { GuestCommand } from '../../../tasks/machine/description.ts';

let place: Place | undefined;
let vm: RunningVm | undefined;

const sh = (script: string, more: Partial<GuestCommand> = {}): GuestCommand =>
  ({ argv: ['sh', '-c', script], cwd: '/', env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin', 'TERM=xterm', 'PS1=$ '], ...more });

interface Running {
  readonly session: Session;
  text(): string;
  /** The standard error alone, where it is apart. */
  errors(): string;
  end(): Promise<SessionEnd>;
}

/** Starts a command in the running VM; `hold`: its output is not acknowledged. */
function start(command: GuestCommand, hold = false): Running {
  if (vm === undefined) throw new Error('no VM');
  const said = { out: '', err: '' };
  const session = vm.guest.start(command, (stream, chunk, taken) => {
    said[stream] += chunk.toString('latin1');
    if (!hold) taken();
  });
  return { session, text: () => said.out, errors: () => said.err, end: () => session.ended };
}

test.before(async () => {
  place = await makePlace();
  const prepared = await prepare(plainRequest, place);
  if (isFailure(prepared)) throw new Error(formatFailure(prepared));
  const booted = await bootVm({ prepared, stateDir: place.stateDir, command: undefined, bootTimeoutMs: 60_000 });
  if (isFailure(booted)) throw new Error(formatFailure(booted));
  await Promise.race([booted.ready, booted.gone]);
  vm = booted;
});
test.after(async () => {
  await vm?.stop();
  place?.remove();
});

test('several commands at once, one VM', async () => {
  const all = ['1', '2', '3'].map((n) => start(sh(`echo ${n}; read x; echo $x; exit ${n}`)));
  for (const [i, one] of all.entries()) {
    await one.session.write(Buffer.from(`line ${i}\n`));
    one.session.endInput();
  }
  assert.equal(await Promise.all(all.map(async (one) => (await one.end()).status)), [1, 2, 3]);
  assert.equal(all.map((one) => one.text()), ['1\nline 0\n', '2\nline 1\n', '3\nline 2\n']);
});

test('output that nobody takes blocks that session alone, and its signals still arrive', async () => {
  const flood = start(sh('yes'), true);
  await until('the window is full', () => flood.text().length === 256 * 1024);
  const other = start(sh('echo alive'));
  assert.is((await other.end()).status, 0);
  assert.is(other.text(), 'alive\n');
  assert.is(flood.text().length, 256 * 1024);
  flood.session.signal(15);
  flood.session.closeOutput('out');
  assert.equal(await flood.end(), { status: 143, signal: 15 });
});

test('input that nobody reads blocks that session alone', async () => {
  const deaf = start(sh('sleep 1000'));
  const writing = deaf.session.write(Buffer.alloc(1 << 20));
  const other = start(sh('cat'));
  await other.session.write(Buffer.from('through'));
  other.session.endInput();
  await other.end();
  assert.is(other.text(), 'through');
  deaf.session.signal(9);
  assert.is((await deaf.end()).status, 137);
  assert.is(await writing, false);
});

test('a closed output is a broken pipe for the command', async () => {
  const one = start(sh('yes >/dev/null & exec yes'));
  await until('it writes', () => one.text().length > 0);
  one.session.closeOutput('out');
  assert.is((await one.end()).status, 141);
});

test("PID 1 reaps what its commands leave", async () => {
  await start(sh('for i in 1 2 3 4 5; do (sleep 0.01 &) ; done; sleep 0.2')).end();
  const zombies = start(sh("ps -eo stat= | grep -c '^Z'"));
  await zombies.end();
  assert.is(zombies.text(), '0\n');
});

const terminal = { rows: 33, columns: 101, errApart: false };
/** Waits until the terminal shows this, from where the last wait ended. */
function watcher(one: Running): (pattern: RegExp) => Promise<void> {
  let from = 0;
  return async (pattern) => {
    let found: RegExpExecArray | null = null;
    await until(`the terminal shows ${pattern}; it shows ${JSON.stringify(one.text().slice(from))}`, () => {
      found = pattern.exec(one.text().slice(from));
      return found !== null;
    });
    from += (found as unknown as RegExpExecArray).index + (found as unknown as RegExpExecArray)[0].length;
  };
}

test('a terminal: size, resize, job control, Ctrl-C, Ctrl-Z, Ctrl-A', async () => {
  const shell = start({ ...sh(''), argv: ['bash', '--norc', '--noprofile', '-i'], terminal });
  const shows = watcher(shell);
  const type = (keys: string) => shell.session.write(Buffer.from(keys));
  await shows(/\$ $/);
  await type('stty size; tty\r');
  await shows(/[\r\n]33 101\r\n\/dev\/pts\/\d/);
  shell.session.resize({ rows: 20, columns: 70 });
  await type('stty size\r');
  await shows(/[\r\n]20 70\r\n/);
  await type(`sh -c 'trap "stty size; exit" WINCH; echo set; while :; do sleep 0.05; done'\r`);
  await shows(/[\r\n]set\r\n/);
  shell.session.resize({ rows: 21, columns: 71 });
  await shows(/[\r\n]?21 71\r\n/);
  await shows(/\$ $/);
  await type('sh -c "echo run; exec sleep 1000"\r');
  await shows(/[\r\n]run\r\n/);
  await type('\x03');
  await shows(/\$ $/);
  await type('echo "status $?"\r');
  await shows(/[\r\n]status 130\r\n/);
  await shows(/\$ $/);
  await type('sh -c "echo again; exec sleep 1000"\r');
  await shows(/[\r\n]again\r\n/);
  await type('\x1a');
  await shows(/Stopped[^]*\$ $/);
  // Typed ahead, a return would be read with the modes of the shell's line editor.
  await type('kill %1; echo now; cat -v\r');
  await shows(/[\r\n]now\r\n/);
  await type('\x01x\r');
  await shows(/\^Ax\r\n/);
  await type('\x04');
  await shows(/\$ $/);
  await type('exit 9\r');
  assert.is((await shell.end()).status, 9);
});

test('a terminal with its errors apart', async () => {
  const one = start({ ...sh('tty; echo err >&2; test -t 2 || echo "no terminal"'), terminal: { ...terminal, errApart: true } });
  await one.end();
  assert.match(one.text(), /\/dev\/pts\/\d+\r\n/);
  assert.is(one.errors(), 'err\n');
  assert.match(one.text(), /no terminal\r\n/);
});

test("all that a terminal's command printed arrives before its end", async () => {
  const one = start({ ...sh('seq 1 20000; exit 6'), terminal });
  assert.is((await one.end()).status, 6);
  assert.ok(one.text().endsWith('\r\n20000\r\n'));
});

test.run();
