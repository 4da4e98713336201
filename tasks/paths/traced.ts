/** Reads the traces that paths follow. */
import { resolve } from 'node:path';
import { readText } from '../host/files.ts';
import { isFailure, type Result } from '../report/failure.ts';
import type { Link } from './link.ts';
import { limitOf } from './netem.ts';
import { upOf } from './peer-script.ts';
import type { PlannedPath } from './plan.ts';
import { pathFailure } from './reasons.ts';
import { meanRate, parseTrace, type Trace } from './trace.ts';

/** A queue whose rate follows a trace. */
export interface TracedQueue {
  /** Its device in the peer. */
  readonly device: string;
  readonly trace: Trace;
  /** Packets that it holds. */
  readonly limit: number;
}

export interface TracedPaths {
  /** Those with traces have their mean rates. */
  readonly paths: readonly PlannedPath[];
  readonly queues: readonly TracedQueue[];
}

/** @param cwd where names of files begin */
export function withTraces(planned: readonly PlannedPath[], cwd: string): Result<TracedPaths> {
  const queues: TracedQueue[] = [];
  const paths: PlannedPath[] = [];
  const follow = (link: Link, device: string): Result<Link> => {
    if (link.trace === undefined) return link;
    const path = resolve(cwd, link.trace);
    const text = readText(path);
    if (isFailure(text)) return text;
    const trace = text === undefined ? { wrong: 'there is no such file' } : parseTrace(text);
    if ('wrong' in trace) return pathFailure({ reason: 'bad-trace', path, wrong: trace.wrong });
    const made = { ...link, rate: meanRate(trace.value) };
    queues.push({ device, trace: trace.value, limit: limitOf(made) });
    return made;
  };
  for (const path of planned) {
    const down = follow(path.profile.down, path.name);
    if (isFailure(down)) return down;
    const up = follow(path.profile.up, upOf(path.place));
    if (isFailure(up)) return up;
    paths.push({ ...path, profile: { down, up } });
  }
  return { paths, queues };
}
