import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Progress } from '../../tasks/mcp/progress.ts';

/** Timers that the test moves on. */
class Clock {
  now = 0;
  #timers: { at: number; run: () => void }[] = [];
  readonly later = (ms: number, run: () => void) => {
    const timer = { at: this.now + ms, run };
    this.#timers.push(timer);
    return () => { this.#timers = this.#timers.filter((one) => one !== timer); };
  };
  get waiting(): number {
    return this.#timers.length;
  }
  pass(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.now = next.at;
      next.run();
    }
    this.now = end;
  }
}

function started() {
  const clock = new Clock();
  const sent: string[] = [];
  const progress = new Progress({ send: (message) => sent.push(message), later: clock.later, now: () => clock.now });
  return { clock, sent, progress, says: (text: string) => progress.push(Buffer.from(text)) };
}

test('a line is sent at once; of those that follow quickly the newest, a moment later', () => {
  const { clock, sent, says } = started();
  says('kloop: one\n');
  assert.equal(sent, ['kloop: one']);
  says('two\n');
  says('three\n\n');
  assert.equal(sent, ['kloop: one']);
  clock.pass(100);
  assert.equal(sent, ['kloop: one', 'three']);
  clock.pass(100);
  says('four\n');
  assert.equal(sent, ['kloop: one', 'three', 'four']);
});

test('lines come in parts, with letters cut in two, colours, and returns; empty ones are none', () => {
  const { clock, sent, progress, says } = started();
  says('kl');
  assert.equal(sent, []);
  const bytes = Buffer.from('oop: \x1b[1mä\x1b[0m\n');
  progress.push(bytes.subarray(0, 10));
  progress.push(bytes.subarray(10));
  assert.equal(sent, ['kloop: ä']);
  clock.pass(200);
  says('10%\r20%\r');
  says('\n \n');
  assert.equal(sent, ['kloop: ä', '20%']);
});

test('while nothing is printed there is a sign of life each ten seconds', () => {
  const { clock, sent, says } = started();
  clock.pass(10_000);
  assert.equal(sent, ['running (10.0 s)']);
  says('kloop: kernel: vmlinux\n');
  clock.pass(10_099);
  assert.is(sent.length, 2);
  clock.pass(1);
  clock.pass(10_000);
  assert.equal(sent.slice(2), ['kloop: kernel: vmlinux (20.1 s)', 'kloop: kernel: vmlinux (30.1 s)']);
});

test('a flood without an end of line takes no memory; a long line is cut', () => {
  const { sent, says } = started();
  for (let i = 0; i < 1000; i++) says('x'.repeat(10_000));
  says('\n');
  assert.is(sent.length, 1);
  assert.ok((sent[0] ?? '').length < 250, sent[0]);
});

test('at the end nothing waits any more', () => {
  const { clock, sent, progress, says } = started();
  says('one\n');
  says('two\n');
  progress.end();
  assert.is(clock.waiting, 0);
  clock.pass(60_000);
  assert.equal(sent, ['one']);
});

test.run();
