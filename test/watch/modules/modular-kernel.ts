/** A small kernel with modules, of the tests' own: built once by kloop, beside the kernel that the other tests share. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { kloop, root, type Ended } from '../../support/kloop.ts';
import { write } from '../../support/little-kernel.ts';
import { sameBuild } from '../../support/shared-kernel.ts';

/** One object; many; one that needs others; one with parameters; file systems' own needs; what drgn and crash need of a dump. */
const fragment = `
CONFIG_MODULES=y
CONFIG_MODULE_UNLOAD=y
CONFIG_INET=y
CONFIG_TCP_CONG_ADVANCED=y
CONFIG_TCP_CONG_BBR=m
CONFIG_NET_SCHED=y
CONFIG_NET_SCH_NETEM=m
CONFIG_NETDEVICES=y
CONFIG_NET_CORE=y
CONFIG_DUMMY=m
CONFIG_VXLAN=m
CONFIG_BLOCK=y
CONFIG_BLK_DEV=y
CONFIG_BLK_DEV_LOOP=m
CONFIG_XFS_FS=m
CONFIG_OVERLAY_FS=m
CONFIG_PROC_KCORE=y
CONFIG_X86_MCE=y
CONFIG_AMD_MEM_ENCRYPT=y
`;

export interface ModularKernel {
  readonly tree: string;
  readonly env: Readonly<Record<string, string>>;
  /** A directory for a test's own files. */
  readonly dir: string;
}

/**
 * @param name of its directory: another, another tree
 * @param more options besides
 * @param settings of kloop's, besides
 * @returns `undefined` where the tests have no cache: the file runs by `npm run test:long`
 */
export async function modularKernel(name = 'modules', more = '', settings: Readonly<Record<string, string>> = {}): Promise<ModularKernel | undefined> {
  const cache = process.env['KLOOP_TEST_CACHE'];
  if (cache === undefined) return undefined;
  const dir = join(cache, name);
  write(join(dir, 'modules.config'), `${fragment}${more}`);
  const env = {
    REPOS_DIR: join(dir, 'repos'), STATE_DIR: join(dir, 'state'), KERNEL_CONFIG: join(root, 'config/variants/tiny.config'),
    KERNEL_FRAGMENTS: join(dir, 'modules.config'), VM_NAME: `test-${name}`, KLOOP_ENV_FILE: '', ...sameBuild, ...settings,
  };
  good(await kloop(['kernel', '--no-image'], { env }));
  const tree = join(env.REPOS_DIR, readdirSync(env.REPOS_DIR).find((name) => !name.startsWith('.')) ?? '');
  return { tree, env, dir };
}

export function good(ended: Ended): Ended {
  assert.is(ended.status, 0, ended.stderr);
  return ended;
}

/** A source of the tree with statements of a test's at the beginning of a function; the rest of it stays. */
export class EditedFunction {
  readonly path: string;
  readonly #original: string;
  readonly #head: string;

  /** @param head as it stands in the source, up to and with its opening brace */
  constructor(path: string, head: string) {
    this.path = path;
    this.#head = head;
    // A run that was killed may have left some.
    this.#original = readFileSync(path, 'utf8').replaceAll(/^.*\/\* kloop test \*\/\n/gm, '');
    if (!this.#original.includes(head)) throw new Error(`${path} has no ${head}`);
  }

  begin(statements: string): void {
    writeFileSync(this.path, this.#original.replace(this.#head, `${this.#head}\n\t${statements} /* kloop test */`));
  }

  restore(): void {
    if (readFileSync(this.path, 'utf8') !== this.#original) writeFileSync(this.path, this.#original);
  }
}
