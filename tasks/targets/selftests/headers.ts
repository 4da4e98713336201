/** The target `headers`: the kernel's headers for programs, which its tests are compiled with. */
import { join } from 'node:path';
import { judge } from '../../graph/freshness.ts';
import type { Target } from '../../graph/target.ts';
import { stampOf } from '../../host/files.ts';
import type { Processes } from '../../host/processes/process.ts';
import type { MakeCall } from '../../kernel/make/call.ts';
import { isOlder, lookAtTree } from '../../kernel/source/tree.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { inputsBelow, inputsIn } from './files.ts';
import { selftestPlace, type SelftestPlace } from './place.ts';

export interface SelftestOptions {
  readonly stateDir: string;
  readonly processes: Pick<Processes, 'runOk' | 'run'>;
  readonly jobs: number;
  readonly tree: () => Result<string>;
  /** How make is called for the kernel; nothing is run for it. */
  readonly makeCall: () => Result<MakeCall>;
}

export function placeOf({ stateDir, tree }: SelftestOptions): Result<SelftestPlace> {
  const source = tree();
  return isFailure(source) ? source : selftestPlace(stateDir, source);
}

/** make's arguments and environment for what is built in a directory of ours. */
export function callFor(options: SelftestOptions): Result<Pick<MakeCall, 'argv' | 'env'>> {
  const call = options.makeCall();
  return isFailure(call) ? call : { argv: [...call.argv.filter((word) => !word.startsWith('O=')), `-j${options.jobs}`], env: call.env };
}

/**
 * By the kernel's own makefile and O=: that works beside a kernel that was
 * built in its tree, for nothing is configured on the way (tried: 6.1). The
 * goal `headers` came with 5.3.
 */
export function headersTarget(options: SelftestOptions): Target {
  const goal = (place: SelftestPlace): string[] => {
    const looked = lookAtTree(place.tree);
    return !isFailure(looked) && isOlder(looked.version, 5, 3) ? ['headers_install', `INSTALL_HDR_PATH=${place.out}/usr`] : ['headers'];
  };
  const recipe = (): Result<string> => {
    const place = placeOf(options);
    return isFailure(place) ? place : JSON.stringify(['make', ...goal(place), place.out]);
  };
  return {
    name: 'headers',
    title: "the kernel's headers for programs",
    needs: ['source'],
    key: () => {
      const place = placeOf(options);
      return isFailure(place) ? place : place.out;
    },
    recipe,
    judge: (past) => {
      const place = placeOf(options);
      const text = recipe();
      if (isFailure(place)) return Promise.resolve(place);
      if (isFailure(text)) return Promise.resolve(text);
      const made = join(place.out, 'usr/include/linux/types.h');
      const at = (path: string) => join(place.tree, path);
      return Promise.resolve(judge({
        output: { path: made, stamp: stampOf(made) },
        inputs: [
          ...['include/uapi', 'arch/x86/include/uapi'].flatMap((dir) => inputsBelow(at(dir))),
          ...inputsIn(at('arch/x86/entry/syscalls')),
          ...['Makefile', 'scripts/headers_install.sh'].map((path) => ({ path: at(path), stamp: stampOf(at(path)) })),
        ],
        recipe: text, past, nowMs: Date.now(),
      }));
    },
    run: async (work) => {
      const place = placeOf(options);
      const call = callFor(options);
      if (isFailure(place)) return place;
      if (isFailure(call)) return call;
      let done = 0;
      const ended = await options.processes.runOk("making the kernel's headers", {
        argv: [...call.argv, `O=${place.out}`, ...goal(place)], cwd: place.tree, env: call.env, log: work.log, signal: work.signal,
        onLine: (line) => {
          const header = /^ {2}(?:HDRINST|INSTALL)\s+(\S+)/.exec(line)?.[1];
          // 955 of them in 6.1.
          if (header !== undefined) work.progress({ what: header, done: ++done, total: Math.max(950, done) });
        },
      });
      return isFailure(ended) ? ended : {};
    },
  };
}
