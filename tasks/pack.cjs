// Before `npm pack`: what a package has in the place of the sources, in dist/.
'use strict';
const { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { bundle, bundles, exportsOf } = require('./bundle.cjs');

const root = join(__dirname, '..');
const dist = join(root, 'dist');

function put(name, text) {
  const path = join(dist, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** The packages that bundles are made from, each with its licence, as these ask for. */
function licences(inputs) {
  const directories = new Set(inputs.flatMap((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []));
  return [...directories].sort().map((directory) => {
    const { name, version, license } = JSON.parse(readFileSync(join(root, directory, 'package.json'), 'utf8'));
    const file = readdirSync(join(root, directory)).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined && license === undefined) throw new Error(`${name} has no licence`);
    const text = file === undefined ? `Its licence, by its package.json: ${license}` : readFileSync(join(root, directory, file), 'utf8').trim();
    return `${name} ${version}\n\n${text}\n`;
  }).join(`\n${'-'.repeat(72)}\n\n`);
}

void Promise.all(bundles.map((name) => bundle(name))).then(async (made) => {
  rmSync(dist, { recursive: true, force: true });
  const texts = made.map(({ outputFiles: [{ text }] }) => text);
  bundles.forEach((name, i) => put(`${name}.cjs`, texts[i]));
  const inputs = made.flatMap(({ metafile }) => Object.keys(metafile.inputs));
  put('LICENSES.txt', `${bundles.map((name) => `${name}.cjs`).join(' and ')} contain these packages, under their licences:\n\n${licences(inputs)}`);
  for (const [name, content] of await exportsOf(texts[0], 'kloop.cjs').packageFiles(root)) put(name, content);
});
