/** The bridge and the NICs: measured by a program of the tests, which has network namespaces for it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../host/files.ts';
import type { Measured } from './pairs.ts';
import type { Part, Tools } from './tools.ts';

/** What that program measures. */
export const networkNames = {
  again: 'bridge, when it is up',
  up: 'bridge up',
  leases: 'a boot with two leases, guest time',
  throughput: 'guest to namespace, plain TCP',
} as const;

export function networkSpeeds(tools: Tools): Part {
  const { projectDir } = tools.context.settings;
  const program = join(projectDir, 'test', 'network', 'speed.ts');
  const lacks = process.getuid?.() !== 0 ? 'network namespaces with a bridge of their own need root'
    : findProgram('dnsmasq') === undefined ? 'dnsmasq is not installed'
    : !existsSync(program) || !existsSync(join(projectDir, 'node_modules', 'tsx')) ? "the tests' packages are not installed"
    : undefined;
  if (lacks !== undefined) return { comparisons: [], absent: [`the bridge and its NICs are not measured: ${lacks}`] };
  return {
    comparisons: [],
    absent: [],
    elsewhere: {
      names: Object.values(networkNames),
      measure: async (pairs, wanted) => {
        tools.context.say('measuring: the bridge and its NICs');
        const said = await tools.capture([process.execPath, '--import', 'tsx', program, join(tools.tree.build, 'vmlinux'), String(pairs), wanted]);
        return JSON.parse(said) as Measured[];
      },
    },
  };
}
