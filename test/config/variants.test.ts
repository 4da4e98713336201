/** The variants that come with kloop. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Settings } from '../../config/settings.ts';
import { loadSettings } from '../../tasks/host/settings.ts';
import { needs } from '../../tasks/kernel/config/needs.ts';
import { readConfigSources } from '../../tasks/kernel/config/sources.ts';
import { isFailure } from '../../tasks/report/failure.ts';
import { variantOption } from '../../tasks/commands/shared/variant-option.ts';
import { projectDir } from '../support/project.ts';

const shipped = readdirSync(join(projectDir, 'config/variants')).filter((name) => name.endsWith('.env')).map((name) => name.slice(0, -'.env'.length));

const load = (name: string, env: Record<string, string> = {}): Settings => {
  const settings = loadSettings({ projectDir, installed: true, variant: { name }, overrides: {}, env: { HOME: '/nobody', KERNEL_SOURCES: 'dir:/nowhere', ...env } });
  if (isFailure(settings)) throw new Error(settings.words.what);
  return settings;
};

test('each reads, and its files are ones that Kconfig takes', () => {
  assert.equal(shipped.sort(), ['btf', 'clang', 'debug', 'tiny']);
  for (const name of shipped) assert.not.ok(isFailure(readConfigSources(load(name))), name);
});

test('the option\'s help names them all', () => {
  for (const name of shipped) assert.match(variantOption.summary, name);
});

test('debug: lockdep, KASAN, kmemleak, and memory for them', () => {
  const { kernelFragments, vmMemoryBytes } = load('debug');
  assert.equal(kernelFragments, ['lockdep', 'kasan', 'kmemleak']);
  assert.is(vmMemoryBytes, 2 ** 31);
});

test('clang: LLVM, and no other compiler beside it', () => {
  const { kernelMakeArgs, kernelCc } = load('clang');
  assert.equal([kernelMakeArgs, kernelCc], [['LLVM=1'], undefined]);
});

test('tiny asks for all that the VM cannot run without', () => {
  const sources = readConfigSources(load('tiny'));
  assert.not.ok(isFailure(sources));
  const asked = new Set((isFailure(sources) ? [] : sources.fragments).flatMap(({ requested }) => requested).filter(({ value }) => value === 'y').map(({ option }) => option));
  assert.equal(needs.filter(({ anyOf }) => !anyOf.some((option) => asked.has(option))), []);
});

test.run();
