/** What npm reads of package.json. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';

const root = join(import.meta.dirname, '../..');
const json = <T>(name: string) => JSON.parse(readFileSync(join(root, name), 'utf8')) as T;

test('no package needs its install script, and npm is told so: npm 11 warns of each that nothing is said of', () => {
  const { packages } = json<{ packages: Record<string, { hasInstallScript?: boolean; os?: readonly string[] }> }>('package-lock.json');
  const withScript = Object.entries(packages).filter(([, found]) => found.hasInstallScript === true && (found.os ?? ['linux']).includes('linux'));
  const names = withScript.map(([path]) => path.replace(/^.*node_modules\//, ''));
  assert.equal(json<{ allowScripts?: object }>('package.json').allowScripts, Object.fromEntries(names.map((name) => [name, false])));
});

test.run();
