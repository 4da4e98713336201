import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { commands } from '../../tasks/commands/index.ts';
import { swallowedByNpm } from '../../tasks/cli/npm.ts';
import { isFailure, formatFailure } from '../../tasks/report/failure.ts';

const root = join(import.meta.dirname, '../..');
const specs = await Promise.all(Object.values(commands).map((load) => load()));

test("an option that npm took is told, with the line that gives it to kloop; npm's own are npm's", () => {
  const vm = specs.find(({ name }) => name === 'vm');
  assert.ok(vm !== undefined);
  const words = (env: Record<string, string>, ...args: string[]) => {
    const failure = swallowedByNpm(vm, env, args);
    return isFailure(failure) ? formatFailure(failure) : '';
  };
  assert.match(words({ npm_lifecycle_event: 'vm', npm_config_kvm: 'true' }), 'npm run vm -- --kvm');
  assert.match(words({ npm_lifecycle_event: 'vm', npm_config_dry_run: 'true' }), 'npm run vm -- --dry-run\n', 'a VM is not what was asked for');
  assert.is(words({ npm_lifecycle_event: 'vm', npm_config_quiet: 'true', npm_config_prefix: '/usr', npm_config_loglevel: 'silent' }), '');
  assert.match(words({ npm_lifecycle_event: 'vm', npm_config_multipath: '' }), 'npm run vm -- --no-multipath\n');
  // What npm makes of `npm run vm --kvm --mem 2G -- sh -c 'a b'`: the `--` is gone as well.
  assert.match(words({ npm_lifecycle_event: 'vm', npm_config_kvm: 'true', npm_config_mem: 'true' }, '2G', 'sh', '-c', 'a b'), "npm run vm -- --kvm --mem 2G -- sh -c 'a b'\n");
  assert.match(words({ npm_lifecycle_event: 'vm', npm_config_timeout: '5s' }, '--net', '--', 'true'), 'npm run vm -- --timeout 5s --net -- true\n');
  assert.is(words({ npm_config_kvm: 'true' }), '', 'not started by npm');
});

test('no command is refused for what npm hands to every script', () => {
  const text = execFileSync('npm', ['run', '--silent', 'env'], { cwd: root, encoding: 'utf8' });
  const env = Object.fromEntries(text.split('\n').map((line) => [line.split('=')[0] ?? '', line.slice(line.indexOf('=') + 1)]));
  assert.ok('npm_config_prefix' in env);
  for (const { name, ...spec } of specs) {
    const failure = swallowedByNpm({ name, ...spec }, { ...env, npm_lifecycle_event: name });
    assert.not.ok(isFailure(failure), isFailure(failure) ? formatFailure(failure) : '');
  }
});

test.run();
