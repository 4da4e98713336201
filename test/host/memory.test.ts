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

/** How many MiB V8 lets the heap grow to, in turns of 10 MiB each beside 30 MiB that are in use. */
function heapOfTurns(first: string): number {
  const program = `import { staySmall } from './tasks/host/memory.ts'; ${first}
    const inUse = Array.from({ length: 4e5 }, (_, i) => ({ i, own: [i] }));
    let most = 0;
    for (let turn = 0; turn < 12; turn++) { const made = Array.from({ length: 1e5 }, (_, i) => ({ i, own: [turn] })); most = Math.max(most, process.memoryUsage().heapTotal + made.length - 1e5); }
    console.log(most / 2 ** 20 + inUse.length - 4e5);`;
  return Number(execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], { cwd: projectDir, encoding: 'utf8' }));
}

test('turns without a rest between them do not heap up garbage', () => {
  const [usual, small] = [heapOfTurns(''), heapOfTurns('staySmall();')];
  assert.ok(small < usual * 0.85, `${usual} MiB, then ${small} MiB`);
});

test.run();
