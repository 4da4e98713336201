/** Other machines that compile: BUILD_HOSTS handed to distcc (or icecream), with ccache in front where that is used. Pure. */
import { basename } from 'node:path';
import type { BuildHost } from '../../text/build-hosts.ts';

export type Distributor = 'distcc' | 'icecc';

interface SpreadFacts {
  readonly by: Distributor;
  /** Those that answer. */
  readonly hosts: readonly BuildHost[];
  /** This machine's processors. */
  readonly processors: number;
  /** JOBS; 0: not set. */
  readonly jobs: number;
  readonly path: string;
  /** ccache comes first, and calls the distributor for what it has not. */
  readonly ccache: boolean;
  /** A directory of stand-ins: links with a compiler's name that lead to the distributor. */
  readonly standIns: string;
}

/** What a build with other machines has another way. */
export interface Spread {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly jobs: number;
}

export function spread(facts: SpreadFacts): Spread {
  const remote = facts.hosts.reduce((sum, { slots }) => sum + slots, 0);
  const jobs = facts.jobs > 0 ? facts.jobs : facts.processors + remote;
  // Each job is preprocessed here, which is a third of the work; what no other
  // machine has room for is compiled here too.
  const list = [...facts.hosts.map(({ text }) => text), `localhost/${facts.processors}`, `--localslots=${facts.processors}`, `--localslots_cpp=${jobs}`];
  return {
    jobs,
    env: {
      // Without NO_REWRITE, `gcc --version` is answered by x86_64-linux-gnu-gcc: to Kbuild another
      // compiler, for which the whole kernel is built again (measured, distcc 3.4). Its manual has the
      // name's words in another order; this is the one that the program reads.
      ...(facts.by === 'distcc' ? { DISTCC_HOSTS: list.join(' '), DISTCC_NO_REWRITE_CROSS: '1' } : {}),
      ...(facts.ccache ? { CCACHE_PREFIX: facts.by } : { PATH: `${facts.standIns}:${facts.path}` }),
    },
  };
}

/** Few objects are compiled sooner here than sent anywhere. */
export function stayHere(env: Readonly<Record<string, string | undefined>>, processors: number): Record<string, string | undefined> {
  return env['DISTCC_HOSTS'] === undefined ? { ...env } : { ...env, DISTCC_HOSTS: `localhost/${processors}` };
}

/** The compilers' names for which stand-ins are wanted; a compiler that is named by its path has none. */
export function standInNames(toolchain: readonly string[]): string[] {
  return [...new Set(toolchain.filter((program) => !program.includes('/') && /(gcc|g\+\+|clang|cc)(-[\d.]+)?$/.test(basename(program)) && program !== 'ccache'))];
}

/** The host that distcc says it has lost, in one of its own lines. */
export function lostHost(line: string): string | undefined {
  return /^distcc\[\d+\] .*?(?:failed to connect to|failed to distribute .* to|timeout while connecting to|connection to) ([^\s:]+(?::\d+)?)/i.exec(line)?.[1];
}
