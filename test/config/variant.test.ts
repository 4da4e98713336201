/** Names, files and texts of variants. */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { expanded, isVariantName, variantBuiltIn, variantFile, variantsAmong, variantVmName, type SaidBelow } from '../../config/variant.ts';

test('a name is a part of file names, of a VM\'s name and of a path for Kbuild', () => {
  for (const name of ['debug', 'btf', 'kasan-2', 'My_Own', 'a'.repeat(20)]) assert.ok(isVariantName(name), name);
  for (const name of ['', '.', '..', '../up', 'a/b', 'a b', '-v', 'debug.bak', 'a'.repeat(21)]) assert.not(isVariantName(name), name);
});

test('its file is beside that of the settings', () => {
  assert.is(variantFile('/tree/.kloop/env', 'debug'), '/tree/.kloop/debug.env');
  assert.is(variantFile('/kloop/.env', 'debug'), '/kloop/.env.debug');
  assert.is(variantFile('/home/u/mine.env', 'debug'), '/home/u/debug.env');
});

test('the variants of a directory: no editor\'s copies, no example, not the settings themselves', () => {
  assert.equal(variantsAmong('/tree/.kloop/env', ['env', 'debug.env', 'debug.env~', '.debug.env.swp', 'mine.env', 'logs']), ['debug', 'mine']);
  assert.equal(variantsAmong('/kloop/.env', ['.env', '.env.example', '.env.debug', 'debug.env', '.env.debug.bak']), ['debug']);
  assert.equal(variantsAmong('/home/u/my.env', ['my.env', 'fast.env']), ['fast']);
});

test('the variant that a directory is the build of', () => {
  assert.is(variantBuiltIn('/t/.kloop/variants/debug/build', '/t/.kloop'), 'debug');
  for (const path of ['/t/.kloop/variants/debug', '/t/.kloop/variants/debug/build/net', '/t/.kloop/build', '/other/.kloop/variants/debug/build']) assert.is(variantBuiltIn(path, '/t/.kloop'), undefined, path);
});

test('the VM\'s name has the variant\'s, and room for it', () => {
  assert.is(variantVmName('vm', 'debug'), 'vm-debug');
  assert.is(variantVmName('x'.repeat(32), 'debug'), `${'x'.repeat(26)}-debug`);
  assert.is(variantVmName('x'.repeat(32), 'd'.repeat(20)).length, 32);
});

test('${KEY} is what the layers below say; ${KEY:-text} only what was set there', () => {
  const said: Record<string, SaidBelow> = { KERNEL_FRAGMENTS: { text: 'btf', set: true }, VM_MEMORY: { text: '1G', set: false }, VM_NICS: { text: '', set: true } };
  const of = (text: string) => expanded(text, (key) => said[key]);
  assert.is(of('${KERNEL_FRAGMENTS},kasan'), 'btf,kasan');
  assert.is(of('${VM_MEMORY}'), '1G', 'a default is said, too');
  assert.is(of('${VM_MEMORY:-2G}'), '2G', 'but nobody set it');
  assert.is(of('${KERNEL_FRAGMENTS:-kasan}'), 'btf');
  assert.is(of('${VM_NICS:-user}'), 'user');
  assert.is(of('${VM_NICS:-}'), '');
  assert.is(of('CC=${HOME}/gcc $KERNEL_FRAGMENTS ${kernel}'), 'CC=${HOME}/gcc $KERNEL_FRAGMENTS ${kernel}', 'what is not a setting stays');
});

test.run();
