/** Programs that `check` runs in a guest of the shared kernel. */
import { chmodSync, mkdtempSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kloop, type Ended } from '../support/kloop.ts';

export interface Read {
  readonly tests: readonly {
    readonly id: string; readonly verdict: string; readonly why?: string; readonly tail: readonly string[];
    readonly leaves: readonly unknown[]; readonly oddities: readonly string[]; readonly log?: string; readonly complaints: readonly { readonly title: string }[];
  }[];
  readonly changes: { readonly flaky: readonly string[] };
}

/** Not below /tmp, of which the guest has one of its own. */
export const programDirectory = (): string => realpathSync(mkdtempSync('/var/tmp/kloop-test-'));

/** @returns how it is named from its directory */
export function program(dir: string, name: string, body: string): string {
  writeFileSync(join(dir, name), `#!/bin/sh\n${body}\n`);
  chmodSync(join(dir, name), 0o755);
  return `./${name}`;
}

export function checkIn(dir: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return kloop(['check', '--kernel', process.env['KLOOP_TEST_KERNEL'] ?? '', ...args], { cwd: dir, env: { STATE_DIR: join(dir, 'state'), ...env } });
}

export const readJson = (ended: Ended): Read => JSON.parse(ended.stdout) as Read;
