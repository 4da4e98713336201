/**
 * A program for tests: takes the terminal as kloop does, and says which keys
 * it gets, and when it goes on after a stop. Ctrl-Z (a byte, in its mode) suspends its job, q ends it,
 * t is as if a busy machine had let it see two SIGTSTP and the SIGCONT after them at once.
 */
import { openTty } from '../../tasks/host/tty.ts';
import { TerminalJob } from '../../tasks/host/terminal-job.ts';

const tty = openTty(0);
if (tty === undefined) throw new Error('no terminal');
let resumed = 0;
const job = new TerminalJob({ tty, stdin: process.stdin, resumed: () => process.stdout.write(`resumed ${++resumed}\n`) });
process.stdin.on('data', (bytes: Buffer) => {
  for (const key of bytes.toString('latin1')) {
    if (key === '\x1a') job.suspend();
    else if (key === 't') for (const signal of ['SIGTSTP', 'SIGTSTP', 'SIGCONT'] as const) process.emit(signal);
    else if (key === 'q') {
      job.end();
      clearInterval(alive);
    } else process.stdout.write(`key ${key} resumed ${resumed}\n`);
  }
});
job.set('keys');
job.read(true);
process.stdout.write(`pid ${process.pid}\n`);
const alive = setInterval(() => undefined, 1000);
