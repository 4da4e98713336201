// Makes one file of kloop's TypeScript and of the packages that it uses. For launch.cjs and pack.cjs, in a checkout.
//
// There are three of it, of the same program: only `kloop mcp` needs the MCP SDK,
// and only `--plot` what draws; each is as large as all the rest, and each start
// would read it.
'use strict';
const { join } = require('node:path');
const { compileFunction } = require('node:vm');

const root = join(__dirname, '..');

/** What `kloop mcp` and `--plot` alone use. In the other bundles it is required where that is called, which nobody does there. */
const packagesOf = { 'kloop-mcp': ['@modelcontextprotocol/sdk', 'zod'], 'kloop-plot': ['echarts'] };
const bundles = ['kloop', ...Object.keys(packagesOf)];

/**
 * What esbuild gives: `outputFiles[0].text`, and in `metafile.inputs` the files that it is made from.
 *
 * @param name one of `bundles`
 */
async function bundle(name) {
  const options = {
    entryPoints: [join(root, 'tasks', 'kloop.ts')], absWorkingDir: root, bundle: true, write: false, metafile: true, outfile: `${name}.cjs`,
    format: 'cjs', platform: 'node', target: 'node20', logLevel: 'warning',
    minifyWhitespace: true, legalComments: 'none', // read at each start; a package has the licences in a file of their own
    // What exportsOf() compiles can import nothing: Node's own modules are required, when they are asked for.
    supported: { 'dynamic-import': false },
    external: Object.keys(packagesOf).filter((other) => other !== name).flatMap((other) => packagesOf[other]),
  };
  try {
    const { build } = await import('esbuild');
    return await build(options);
  } catch (error) {
    // What is wrong with a source, and where, esbuild has said itself. Its program is a package of its own, an optional one.
    if (error.errors === undefined) process.stderr.write(`kloop: its packages are not installed in ${root}\n  Run: npm ci --include=dev --include=optional\n`);
    process.exit(125);
  }
}

/** Runs a bundle that is in no file. */
function exportsOf(text, filename) {
  const made = { exports: {} };
  compileFunction(text, ['module', 'exports', 'require'], { filename })(made, made.exports, require);
  return made.exports;
}

module.exports = { bundle, bundles, exportsOf };
