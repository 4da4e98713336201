/** The guest's init: a static program, compiled by the host's C compiler, which a kernel developer has. */
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, fileFailure, stampOf } from '../host/files.ts';
import type { Processes } from '../host/processes/process.ts';
import { judge } from '../graph/freshness.ts';
import type { Target } from '../graph/target.ts';
import { guestInit } from '../machine/guest/place.ts';
import { isFailure } from '../report/failure.ts';
import { targetFailure } from './reasons.ts';

export interface GuestPlace {
  readonly projectDir: string;
  readonly stateDir: string;
  readonly processes: Pick<Processes, 'run'>;
}

export function guestTarget(place: GuestPlace): Target {
  const sources = join(place.projectDir, 'tasks', 'guest');
  const flags = ['-static', '-O2', '-s', '-std=gnu11', '-Wall', '-Wextra', '-I', sources];
  const output = guestInit(place.stateDir);
  const compiler = (): string | undefined => ['gcc', 'cc', 'clang'].find((name) => findProgram(name) !== undefined);
  const files = (ending: RegExp): string[] =>
    readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((name) => ending.test(name)).sort().map((name) => join(sources, name));
  return {
    name: 'guest',
    title: "the guest's init",
    needs: ['packages'],
    key: () => output,
    outputs: () => [output],
    recipe: () => [compiler() ?? 'cc', ...flags, ...files(/\.c$/)].join(' '),
    judge: (past) => Promise.resolve(judge({
      output: { path: output, stamp: stampOf(output) },
      inputs: files(/\.[ch]$/).map((path) => ({ path, stamp: stampOf(path) })),
      recipe: [compiler() ?? 'cc', ...flags, ...files(/\.c$/)].join(' '),
      past,
      nowMs: Date.now(),
    })),
    run: async (work) => {
      const cc = compiler();
      if (cc === undefined) return targetFailure({ reason: 'no-static-compiler', why: 'no-compiler', said: [], log: undefined });
      const made = `${output}.new`;
      try {
        mkdirSync(join(place.stateDir, 'guest'), { recursive: true });
      } catch (error) {
        return fileFailure("making the guest's init", output, error);
      }
      work.progress({ what: `${cc} tasks/guest/*.c` });
      const ended = await place.processes.run({
        argv: [cc, ...flags, '-o', made, ...files(/\.c$/)], log: work.log, signal: work.signal, env: { LC_ALL: 'C' },
      });
      if (isFailure(ended)) return ended;
      if (ended.status !== 0) {
        rmSync(made, { force: true });
        const noLibrary = /cannot find -lc|unable to find library -lc|sys\/.*\.h: No such file/.test(ended.stderr);
        return targetFailure({ reason: 'no-static-compiler', why: noLibrary ? 'no-static-libc' : 'error', said: ended.tail, log: work.log });
      }
      renameSync(made, output);
      return {};
    },
  };
}
