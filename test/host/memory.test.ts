import { execFileSync } from 'node:child_process';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { projectDir } from '../support/project.ts';

/** MiB that V8 holds for new objects after many were made, of which the newest are kept. */
function newSpace(first: string): number {
  const program = `import { getHeapSpaceStatistics } from 'node:v8'; import { staySmall, collectGarbage } from './tasks/host/memory.ts'; ${first}
    let kept = []; for (let i = 0; i < 1e6; i++) { kept.push({ i }); if (kept.length > 1e5) kept = kept.slice(5e4); }
    collectGarbage();
    console.log(getHeapSpaceStatistics().find((one) => one.space_name === 'new_space').space_size / 2 ** 20);`;
  return Number(execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], { cwd: projectDir, encoding: 'utf8' }));
}

test('the space for new objects stays small where it is asked for', () => {
  assert.ok(newSpace('') >= 16);
  assert.ok(newSpace('staySmall();') <= 4);
});

test.run();
