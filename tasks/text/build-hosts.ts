/** BUILD_HOSTS: what a person writes of other machines that compile, parsed. */
import type { Parsed } from './values.ts';

/** A machine that compiles for us. */
export interface BuildHost {
  /** As a person wrote it, which is as distcc reads it. */
  readonly text: string;
  readonly host: string;
  readonly port: number;
  /** How many it compiles at once. */
  readonly slots: number;
  /** Reached by ssh (`@host`, `user@host`): there is no port to knock at. */
  readonly ssh: boolean;
}

/** distccd's port. (distcc(1)) */
const distccPort = 3632;
/** What distcc takes for a host that names no limit. (distcc(1), HOST SPECIFICATIONS) */
const distccSlots = 4;

/** `host`, `host/8`, `host:3633/8`, `[fe80::1]/4`, `user@host/8`, each with distcc's options after it (`,lzo`). */
export function parseBuildHost(text: string): Parsed<BuildHost> {
  const match = /^((?:[\w.-]*@)?)(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9][\w.-]*)(?::(\d{1,5}))?(?:\/(\d{1,4}))?((?:,[a-z]+)*)$/.exec(text);
  const port = Number(match?.[3] ?? distccPort);
  const slots = Number(match?.[4] ?? distccSlots);
  if (match === null || port < 1 || port > 65_535 || slots < 1) return { wrong: 'expected a host such as builder/8 or 192.0.2.7:3632/8' };
  return { value: { text, host: (match[2] ?? '').replaceAll(/[[\]]/g, ''), port, slots, ssh: match[1] !== '' } };
}
