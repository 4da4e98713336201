/** A stand-in for vido's repository: setup.py and two scripts, of which `vido` writes down its arguments and ends with 7. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const setup = `from distutils.core import setup
setup(name='vido', version='0', scripts=['vido', 'virt-stub'])
`;
const script = `#!/usr/bin/python3 -S
# qcmd += ['-net', 'nic,vlan=%d' % i]
import os, sys
open(os.environ['VIDO_SAID'], 'w').write('\\n'.join(sys.argv[1:]))
sys.exit(7)
`;

/** @returns the repository's path */
export function makeVidoRepository(dir: string): string {
  const repository = join(dir, 'upstream');
  mkdirSync(repository);
  writeFileSync(join(repository, 'setup.py'), setup);
  writeFileSync(join(repository, 'vido'), script, { mode: 0o755 });
  writeFileSync(join(repository, 'virt-stub'), '#!/usr/bin/python3 -S\n', { mode: 0o755 });
  const git = (...args: string[]) => execFileSync('git', ['-C', repository, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args]);
  git('init', '--quiet');
  git('add', '.');
  git('commit', '--quiet', '-m', 'all');
  return repository;
}
