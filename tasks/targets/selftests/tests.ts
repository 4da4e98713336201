/** The target of a kselftest collection: its tests, built by the kernel's own makefiles outside the source, and installed. */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { packagesFor, selftestTools, type HostTool } from '../../../config/packages.ts';
import { checkFailure } from '../../checks/reasons.ts';
import { programsOf as testsOf } from './place.ts';
import { toolsNamed, type TestFile } from '../../checks/tools-named.ts';
import { judge, type Input } from '../../graph/freshness.ts';
import type { Target } from '../../graph/target.ts';
import { fileFailure, makeDirectories, stampOf, textOf } from '../../host/files.ts';
import { missingTools, thisDistribution } from '../../host/tools.ts';
import { diagnostics, failedTargets, saidOfFailure } from '../../kernel/make/output.ts';
import { makeEnvironment } from '../../kernel/make/run.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { inputsBelow, inputsIn } from './files.ts';
import { callFor, placeOf, type SelftestOptions } from './headers.ts';
import { installDir, listPath, testsName, type SelftestPlace } from './place.ts';

const selftests = 'tools/testing/selftests';
/** How many lines of a failed build are shown; the log has them all. */
const shown = 60;

export function testsTarget(collection: string, options: SelftestOptions): Target {
  const recipe = (): Result<string> => {
    const place = placeOf(options);
    const call = callFor(options);
    return isFailure(place) ? place : isFailure(call) ? call : JSON.stringify([...call.argv.filter((word) => !word.startsWith('-j')), collection, installDir(place, collection)]);
  };
  return {
    name: testsName(collection),
    title: `the tests of ${collection}`,
    needs: ['headers'],
    key: () => {
      const place = placeOf(options);
      return isFailure(place) ? place : installDir(place, collection);
    },
    recipe,
    judge: (past) => {
      const place = placeOf(options);
      const text = recipe();
      if (isFailure(place)) return Promise.resolve(place);
      if (isFailure(text)) return Promise.resolve(text);
      const list = listPath(place, collection);
      return Promise.resolve(judge({ output: { path: list, stamp: stampOf(list) }, inputs: inputsOf(place, collection), recipe: text, past, nowMs: Date.now() }));
    },
    run: async (work) => {
      const place = placeOf(options);
      const call = callFor(options);
      if (isFailure(place)) return place;
      if (isFailure(call)) return call;
      const to = installDir(place, collection);
      try {
        // From nothing: the makefiles know of no header that a test includes.
        for (const dir of [to, join(place.out, 'kselftest', collection)]) rmSync(dir, { recursive: true, force: true });
        makeDirectories(place.out);
      } catch (error) {
        return fileFailure('removing the tests built before', to, error);
      }
      const errors: string[] = [];
      let done = 0;
      const ended = await options.processes.run({
        // One that cannot be built fails the whole: FORCE_TARGETS.
        argv: [...call.argv, '-C', selftests, `O=${place.out}`, `TARGETS=${collection}`, `KSFT_INSTALL_PATH=${to}`, 'FORCE_TARGETS=1', 'install'],
        cwd: place.tree, env: { ...makeEnvironment, ...call.env }, log: work.log, signal: work.signal,
        onLine: (line, stream) => {
          if (stream === 'stderr') errors.push(line);
          const made = / -o (\S+)/.exec(line)?.[1];
          if (made !== undefined) work.progress({ what: `CC ${made.slice(made.lastIndexOf('/') + 1)}`, done: ++done });
        },
      });
      if (isFailure(ended)) return ended;
      const tests = testsOf(textOf(listPath(place, collection)) ?? '');
      if (ended.status !== 0) {
        rmSync(listPath(place, collection), { force: true });
        const said = saidOfFailure(diagnostics(errors), failedTargets(errors), shown);
        return checkFailure({ reason: 'selftest-build', collection, said: said.length > 0 ? said : ended.tail, log: work.log, lacks: lackingHeaders(place.tree, collection) });
      }
      if (tests.length === 0) return checkFailure({ reason: 'selftest-empty', collection, log: work.log });
      return { note: `${tests.length} ${tests.length === 1 ? 'test' : 'tests'}` };
    },
  };
}

/** Its own files, those of the directories above that it includes, kselftest's, and the headers. */
function inputsOf(place: SelftestPlace, collection: string): Input[] {
  const top = join(place.tree, selftests);
  const inputs = [...inputsBelow(join(top, collection)), ...inputsIn(join(top, 'kselftest')), ...inputsBelow(join(place.out, 'usr/include'))];
  for (let above = dirname(collection); above !== '.'; above = dirname(above)) inputs.push(...inputsIn(join(top, above)));
  for (const name of readdirSync(top).filter((one) => /\.(?:mk|h|sh)$|^Makefile$/.test(one))) inputs.push({ path: join(top, name), stamp: stampOf(join(top, name)) });
  if (collection.startsWith('net') || collection.startsWith('drivers/net')) inputs.push(...inputsBelow(join(top, 'net/lib')));
  return inputs;
}

/** The files of the tree that a collection is made from. */
export function collectionFiles(place: SelftestPlace, collection: string): string[] {
  const inTree = inputsOf(place, collection).map(({ path }) => path).filter((path) => path.startsWith(`${place.tree}/`));
  return inTree.filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
}

/** The texts of a collection's own files, and of the scripts beside it in the directory above. */
function testFiles(tree: string, collection: string): TestFile[] {
  const dir = join(tree, selftests, collection);
  return inputsIn(dir).filter(({ path }) => path !== dir).map(({ path }) => ({ name: path, text: textOf(path) ?? '' }));
}

/** What the tests call or include, and the host does not have. */
export function lackingTools(tree: string, collection: string): HostTool[] {
  return missingTools(toolsNamed(testFiles(tree, collection), selftestTools));
}

function lackingHeaders(tree: string, collection: string): { what: string; package: string }[] {
  const { family } = thisDistribution();
  return lackingTools(tree, collection).filter(({ probe }) => probe.kind === 'header').map((tool) => ({
    what: tool.name, package: family === undefined ? 'unknown here' : packagesFor([tool], family)[0] ?? 'none in this distribution',
  }));
}
