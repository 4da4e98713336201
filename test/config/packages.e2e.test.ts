import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { hostTools, packagesFor } from '../../config/packages.ts';
import { testIf } from '../support/skip-unless.ts';

const isDebian12 = existsSync('/usr/bin/apt-cache') && readFileSync('/etc/os-release', 'utf8').includes('VERSION_ID="12"');
const packages = packagesFor(hostTools, 'debian');
const policy = isDebian12 ? execFileSync('apt-cache', ['policy', ...packages], { encoding: 'utf8' }) : '';

if (policy === '') console.log('# packages of Debian: skipped, for lack of the lists of Debian 12 (apt-get update)');
const withLists = testIf(policy !== '', test);
withLists('apt can install every package named for Debian', () => {
  const candidate = (name: string) => new RegExp(`^${name.replaceAll('+', '\\+')}:\\n.*\\n  Candidate: (.*)$`, 'm').exec(policy)?.[1] ?? '(none)';
  assert.equal(packages.filter((name) => candidate(name) === '(none)'), []);
});

test.run();
