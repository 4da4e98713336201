/** The entry: finds the command, gives it a context, and turns what it returns into an exit status. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { nearest } from './text/nearest.ts';
import { callerDirectory } from './cli/caller-directory.ts';
import { allCommands, commands } from './commands/index.ts';
import { makeContext } from './commands/shared/context.ts';
import { variantsNamed } from './commands/shared/variant-option.ts';
import { exitOn, heedClosedPipes, written, type Ending } from './cli/signals.ts';
import { finish } from './cli/finish.ts';
import { commandHelp, overallHelp } from './cli/help.ts';
import { swallowedByNpm } from './cli/npm.ts';
import { optionFor, parseCall, settingsOf } from './cli/parse.ts';
import { fileFailure } from './host/files.ts';
import { ownVersion } from './host/own-version.ts';
import { isFailure, type Failure, type Result } from './report/failure.ts';
import { hostFailure } from './host/reasons.ts';
import type { Command } from './commands/shared/command.ts';

/** For pack.cjs, which has the bundle alone. */
export { packageFiles } from './package-files.ts';

const screen = () => Math.min(process.stdout.columns ?? 80, 120);

/** Runs what was typed. When it returns, all has been written, and nothing is left to wait for. */
export async function main(args: readonly string[], root: string): Promise<number> {
  const ending: Ending = { stopping: new AbortController(), status: undefined };
  const status = await run(args, root, ending);
  await written(ending);
  return ending.status ?? status;
}

async function run(args: readonly string[], root: string, ending: Ending): Promise<number> {
  // At once: what was begun is half done, and its processes end with us.
  process.on('uncaughtException', (error) => process.exit(unforeseen(error)));
  heedClosedPipes(ending);
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(overallHelp(await allCommands(), screen()));
    return 0;
  }
  if (name === '--version' || name === '-V') {
    process.stdout.write(`kloop ${ownVersion(root)}\n`);
    return 0;
  }
  const load = commands[name];
  if (load === undefined) {
    const meant = nearest(name, Object.keys(commands));
    const wrong = `there is no command '${name}'${meant === undefined ? '' : `. Did you mean ${meant}?`}`;
    return finish(hostFailure({ reason: 'bad-usage', wrong, fix: ['npx kloop --help'] }));
  }
  const spec = await load();
  const swallowed = swallowedByNpm(spec, process.env, rest);
  if (swallowed !== undefined) return finish(swallowed);
  const call = parseCall(spec, rest);
  if (isFailure(call)) return finish(call);
  if (call === 'help') {
    process.stdout.write(commandHelp(spec, screen()));
    return 0;
  }

  const started = startedIn();
  if (isFailure(started)) return finish(started);
  const cwd = callerDirectory(name, { env: process.env, cwd: started, root });
  const { tree } = call.options;
  const [variant] = variantsNamed(call);
  const context = makeContext({
    root,
    // A package holds the bundle, and no sources.
    installed: !existsSync(join(root, 'tasks', 'kloop.ts')),
    cwd,
    tree: typeof tree === 'string' ? resolve(cwd, tree) : undefined,
    variant: variant === undefined ? undefined : { name: variant, mayBeGone: name === 'clean' },
    runName: `kloop ${name} (pid ${process.pid})`,
    quiet: call.options['quiet'] === true,
    overrides: settingsOf(spec, call, cwd),
    signal: ending.stopping.signal,
  });
  if (isFailure(context)) return finish(byOption(context, spec));
  exitOn(ending, context.processes);
  return spec.run(call, context);
}

/** The working directory may have been removed since the shell went there: a tree, say. */
function startedIn(): Result<string> {
  try {
    return process.cwd();
  } catch (error) {
    return fileFailure('looking where you are', process.env['PWD'] ?? '.', error);
  }
}

/** A bad value that an option gave is told by the option's name, which is what was typed. */
function byOption(failure: Failure, spec: Command): Failure {
  if (!hostFailure.is(failure, 'bad-settings')) return failure;
  const { detail } = failure;
  return hostFailure({ ...detail, bad: detail.bad.map((bad) => ({ ...bad, key: (bad.layer === 'the command line' ? optionFor(spec, bad.key) : undefined) ?? bad.key })) });
}

/** What nobody foresaw: an error of the file system's is told as one; anything else is a bug of ours, with all that tells of it. */
function unforeseen(error: unknown): number {
  const { syscall, path } = error as NodeJS.ErrnoException;
  if (syscall !== undefined && path !== undefined) return finish(fileFailure(syscall, path, error));
  process.stderr.write(`kloop: a bug in kloop: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return 125;
}
