/**
 * Where the person is. npm starts a script in the directory of its package,
 * whatever it was called from, and tells by INIT_CWD where that was. (npm-run(1))
 *
 * @param command the command that runs: what npm started must be this very run, and not one above it
 * @returns the directory in which relative paths start, and the guest's command runs. Pure.
 */
export function callerDirectory(command: string, { env, cwd, root }: { env: Readonly<Record<string, string | undefined>>; cwd: string; root: string }): string {
  const byNpm = env['npm_lifecycle_event'] === command && cwd === root;
  return (byNpm ? env['INIT_CWD'] : undefined) || cwd;
}
