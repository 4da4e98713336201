/**
 * The guest's init, the host's ends of its files, and what makes programs speak
 * Multipath TCP: compiled by the host's C compiler, which a kernel developer has.
 * The init is a static program.
 */
import { mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findProgram, fileFailure, stampOf } from '../host/files.ts';
import type { Processes } from '../host/processes/process.ts';
import { judge } from '../graph/freshness.ts';
import type { Target } from '../graph/target.ts';
import { filesServer, guestInit, mptcpPreload, shareServer } from '../machine/guest/place.ts';
import { isFailure } from '../report/failure.ts';
import { targetFailure } from './reasons.ts';

interface GuestPlace {
  readonly projectDir: string;
  readonly stateDir: string;
  readonly processes: Pick<Processes, 'run'>;
}

export function guestTarget(place: GuestPlace): Target {
  const sources = join(place.projectDir, 'tasks', 'guest');
  const flags = ['-O2', '-s', '-std=gnu11', '-Wall', '-Wextra', '-pthread'];
  const output = guestInit(place.stateDir);
  const compiler = (): string | undefined => ['gcc', 'cc', 'clang'].find((name) => findProgram(name) !== undefined);
  const files = (ending: RegExp): string[] =>
    readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((name) => ending.test(name)).sort().map((name) => join(sources, name));
  const onHost = join(sources, 'files', 'host');
  const sharesOnHost = join(sources, 'shares', 'host');
  const beside = join(sources, 'beside');
  const preload = join(sources, 'preload');
  const programs = (): { readonly output: string; readonly args: readonly string[] }[] => {
    const all = files(/\.c$/);
    const within = (...dirs: string[]) => all.filter((path) => dirs.includes(dirname(path)));
    return [
      { output: filesServer(place.stateDir), args: [...flags, ...within(onHost, beside)] },
      { output: shareServer(place.stateDir), args: [...flags, ...within(sharesOnHost, beside)] },
      { output: mptcpPreload(place.stateDir), args: [...flags, '-shared', '-fPIC', ...within(preload), '-ldl'] },
      // Last: it is the one whose absence says that there is none.
      { output, args: ['-static', ...flags, '-I', sources, ...all.filter((path) => ![onHost, sharesOnHost, beside, preload].includes(dirname(path)))] },
    ];
  };
  const recipe = () => programs().map(({ args }) => [compiler() ?? 'cc', ...args].join(' ')).join('\n');
  return {
    name: 'guest',
    title: "the guest's init",
    needs: ['packages'],
    key: () => output,
    outputs: () => programs().map((program) => program.output),
    recipe,
    judge: (past) => Promise.resolve(judge({
      output: { path: output, stamp: stampOf(output) },
      inputs: files(/\.[ch]$/).map((path) => ({ path, stamp: stampOf(path) })),
      recipe: recipe(),
      past,
      nowMs: Date.now(),
    })),
    run: async (work) => {
      const cc = compiler();
      if (cc === undefined) return targetFailure({ reason: 'no-static-compiler', why: 'no-compiler', said: [], log: undefined });
      try {
        mkdirSync(dirname(output), { recursive: true });
      } catch (error) {
        return fileFailure("making the guest's init", output, error);
      }
      work.progress({ what: `${cc} tasks/guest/*.c` });
      for (const program of programs()) {
        const made = `${program.output}.new`;
        const ended = await place.processes.run({ argv: [cc, '-o', made, ...program.args], log: work.log, signal: work.signal, env: { LC_ALL: 'C' } });
        if (isFailure(ended)) return ended;
        if (ended.status !== 0) {
          rmSync(made, { force: true });
          const noLibrary = /cannot find -lc|unable to find library -lc|sys\/.*\.h: No such file/.test(ended.stderr);
          return targetFailure({ reason: 'no-static-compiler', why: noLibrary ? 'no-static-libc' : 'error', said: ended.tail, log: work.log });
        }
        renameSync(made, program.output);
      }
      return {};
    },
  };
}
