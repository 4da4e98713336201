/** Looks for the host's tools: a few access(2) calls each, no process. */
import { accessSync, constants, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { distributionOf, type Distribution, type HostTool, type Probe } from '../../config/packages.ts';
import { isFailure } from '../report/failure.ts';
import { findProgram, readText } from './files.ts';

/** Where to look. A test gives a small tree of its own. */
export interface SearchPlaces {
  readonly programs: string;
  readonly headers: readonly string[];
  readonly libraries: readonly string[];
}

/**
 * The places of this host. Debian keeps libraries and some headers below the
 * machine's name; what the compiler is told by CPATH and LIBRARY_PATH counts
 * too.
 */
export function searchPlaces(env: Readonly<Record<string, string | undefined>> = process.env): SearchPlaces {
  const triplet = `${process.arch === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
  const listed = (key: string) => (env[key] ?? '').split(':').filter((dir) => dir !== '');
  return {
    programs: env['PATH'] ?? '',
    headers: [...listed('CPATH'), ...listed('C_INCLUDE_PATH'), '/usr/local/include', `/usr/include/${triplet}`, '/usr/include'],
    libraries: [...listed('LIBRARY_PATH'), '/usr/local/lib', `/usr/lib/${triplet}`, '/usr/lib64', '/usr/lib'],
  };
}

/** The tools among these that the host lacks. */
export function missingTools(tools: readonly HostTool[], places: SearchPlaces = searchPlaces()): HostTool[] {
  return tools.filter((tool) => !isThere(tool.probe, places));
}

function isThere(probe: Probe, places: SearchPlaces): boolean {
  switch (probe.kind) {
    case 'program': return probe.names.some((name) => findProgram(name, places.programs) !== undefined);
    case 'header': return places.headers.some((dir) => readable(join(dir, probe.path)));
    case 'library': return places.libraries.some((dir) => readable(join(dir, probe.name)));
    case 'file': return probe.paths.some(matches);
  }
}

function readable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** Whether a path exists in which `*` stands for any part of a name. */
function matches(pattern: string): boolean {
  const star = pattern.indexOf('*');
  if (star < 0) return readable(pattern);
  const start = pattern.lastIndexOf('/', star) + 1;
  const next = pattern.indexOf('/', star);
  const end = next < 0 ? pattern.length : next;
  const parent = pattern.slice(0, start);
  const name = new RegExp(`^${pattern.slice(start, end).split('*').map((part) => part.replaceAll(/[.+?^$()[\]{}|\\]/g, '\\$&')).join('.*')}$`);
  let entries: string[];
  try {
    entries = readdirSync(parent);
  } catch {
    return false;
  }
  return entries.some((entry) => name.test(entry) && matches(parent + entry + pattern.slice(end)));
}

/** The distribution of this host. */
export function thisDistribution(): Distribution {
  for (const path of ['/etc/os-release', '/usr/lib/os-release']) {
    const text = readText(path);
    if (!isFailure(text) && text !== undefined) return distributionOf(text);
  }
  return distributionOf('');
}
