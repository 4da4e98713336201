/** Paths as they are now, and what changes them: `set lte delay=120ms`, `cut wifi`, `blackhole wifi`, `fix wifi`. Pure. */
import { nearest } from '../text/nearest.ts';
import type { Parsed } from '../text/values.ts';
import { inColumns } from '../text/table.ts';
import { changed, profileText, type Profile } from './link.ts';
import type { BridgedPath } from './over-bridge.ts';
import { shapeLines } from './peer-script.ts';

export interface PathState {
  readonly name: string;
  /** Among the paths, from 0. */
  readonly place: number;
  /** Among the VM's NICs, from 0. */
  readonly nic: number;
  /** Its shape while it is up. */
  readonly profile: Profile;
  /** `cut`: the VM sees no carrier. `blackhole`: nothing arrives, and nobody is told. */
  readonly is: 'up' | 'cut' | 'blackhole';
}

export const actions = ['set', 'cut', 'blackhole', 'fix'] as const;

export interface Change {
  readonly action: (typeof actions)[number];
  readonly path: string;
  /** Of `set`: `delay=120ms`. */
  readonly values: readonly string[];
}

/** A line for each, as a person reads it. */
export const listing = (states: readonly PathState[], bridged: readonly BridgedPath[] = []): string[] => inColumns([
  ['PATH', 'IS', 'LIKE'],
  ...bridged.map(({ name, bridge, profile }) => [name, 'up', `${profileText(profile)} (over ${bridge})`]),
  ...states.map(({ name, is, profile }) => [name, is, profileText(profile)]),
]);

/** As it is written. */
export const changeText = ({ action, path, values }: Change): string => [action, path, ...values].join(' ');

/** What a change comes to. */
export interface Changed {
  readonly state: PathState;
  /** For tc in the peer. */
  readonly shape: readonly string[];
  /** Whether the VM's NIC has its cable. */
  readonly link: boolean;
}

/** @param words of a command line or of a script's line */
export function parseChange(words: readonly string[], paths: readonly string[]): Parsed<Change> {
  const [word = '', path, ...values] = words;
  const action = actions.find((name) => name === word);
  if (action === undefined) {
    const meant = nearest(word, actions);
    return { wrong: `'${word}': expected one of ${actions.join(', ')}${meant === undefined ? '' : `; did you mean ${meant}?`}` };
  }
  if (path === undefined) return { wrong: `${action}: which path? Paths: ${paths.join(', ')}` };
  if (!paths.includes(path)) {
    const meant = nearest(path, paths);
    return { wrong: `no path is called '${path}'${meant === undefined ? '' : `; did you mean ${meant}?`} Paths: ${paths.join(', ')}` };
  }
  if (action === 'set' && values.length === 0) return { wrong: `set ${path}: what? For example: set ${path} delay=120ms` };
  const [extra] = values;
  if (action !== 'set' && extra !== undefined) return { wrong: `${action} ${path}: '${extra}' is too much` };
  return { value: { action, path, values } };
}

/** All packets are lost, both ways. */
const nothing = (profile: Profile): Profile => ({ down: { ...profile.down, loss: 1, burst: 1 }, up: { ...profile.up, loss: 1, burst: 1 } });

export function applyChange(state: PathState, { action, values }: Change): Parsed<Changed> {
  const next = (more: Partial<PathState>): Parsed<Changed> => {
    const now = { ...state, ...more };
    return { value: { state: now, shape: shapeLines(now, now.is === 'blackhole' ? nothing(now.profile) : now.profile), link: now.is !== 'cut' } };
  };
  if (action !== 'set') return next({ is: action === 'fix' ? 'up' : action });
  // The one who follows it has read it before the VM was started.
  if (values.some((value) => /^(?:(?:up|down)-)?trace=/.test(value))) return { wrong: 'a trace is given with --path' };
  if ((state.profile.down.trace ?? state.profile.up.trace) !== undefined && values.some((value) => /^(?:(?:up|down)-)?rate=/.test(value))) return { wrong: `the rate of ${state.name} follows a trace` };
  const profile = changed(state.profile, values);
  return 'wrong' in profile ? profile : next({ profile: profile.value });
}
