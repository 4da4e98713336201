/** Finds out which build hosts answer, and prepares a build by them. */
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildHost } from '../../text/build-hosts.ts';
import { fileFailure, findProgram } from '../../host/files.ts';
import { knock } from '../../host/reach.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { spread, standInNames, type Distributor, type Spread } from './build-hosts.ts';
import { hostFailure } from '../../host/reasons.ts';

/** How long a host may take to answer. A build waits for the slowest, once. */
const answerMs = 1000;

interface SpreadRequest {
  readonly hosts: readonly BuildHost[];
  readonly by: Distributor;
  readonly processors: number;
  /** JOBS; 0: not set. */
  readonly jobs: number;
  /** The programs that compile, as make is told of them. */
  readonly toolchain: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly ccache: boolean;
  readonly stateDir: string;
  readonly say: (line: string) => void;
}

/** @returns what the build has another way; `undefined` where it stays on this machine; or `command-missing` */
export async function prepareSpread(request: SpreadRequest): Promise<Result<Spread | undefined>> {
  if (request.hosts.length === 0) return undefined;
  const program = findProgram(request.by);
  if (program === undefined) return hostFailure({ reason: 'command-missing', doing: `BUILD_HOSTS: compiling with ${request.by}`, command: request.by });
  const hosts = request.by === 'icecc' ? request.hosts : await answering(request);
  if (hosts.length === 0) {
    request.say('no build host answers: compiling everything here');
    return undefined;
  }
  const standIns = join(request.stateDir, `stand-ins-${request.by}`);
  const made = request.ccache ? undefined : makeStandIns(standIns, program, request.toolchain);
  if (isFailure(made)) return made;
  return spread({ ...request, hosts, standIns, path: request.env['PATH'] ?? process.env['PATH'] ?? '' });
}

async function answering({ hosts, say }: SpreadRequest): Promise<BuildHost[]> {
  const answers = await Promise.all(hosts.map(async (host) => (host.ssh ? undefined : knock(host.host, host.port, answerMs))));
  return hosts.filter((host, i) => {
    const why = answers[i];
    if (why !== undefined) say(`build host ${host.text}: ${why}; it is not used`);
    return why === undefined;
  });
}

function makeStandIns(dir: string, program: string, toolchain: readonly string[]): Result<void> {
  try {
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(dir, { recursive: true });
    for (const name of standInNames(toolchain)) symlinkSync(program, join(dir, name));
  } catch (error) {
    return fileFailure('preparing BUILD_HOSTS', dir, error);
  }
}
