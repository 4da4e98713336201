/** As in a hook of another repository's. */
import { resolve } from 'node:path';

/** Runs something while git's variables name another repository than the one at hand. */
export async function inHookOf<T>(repository: string, work: () => Promise<T>): Promise<T> {
  const names = ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE'] as const;
  const before = names.map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, { GIT_DIR: resolve(repository, '.git'), GIT_WORK_TREE: repository, GIT_INDEX_FILE: resolve(repository, '.git/index') });
  try {
    return await work();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
