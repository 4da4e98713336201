import { finish } from '../../cli/finish.ts';
import { asTyped } from '../../cli/as-typed.ts';
import type { Call } from '../../cli/spec.ts';
import { isBroken, runEach } from '../../history/each.ts';
import { commitsIn, describe } from '../../history/repository.ts';
import { whileAlone } from '../../history/run/lock.ts';
import { openWorkshop, whatIsAsked, type Workshop } from '../../history/run/open.ts';
import { buildCommit, testCommit } from '../../history/run/step.ts';
import { eachSummary, eachTable, shortId, testedLine } from '../../history/words.ts';
import { hostFailure } from '../../host/reasons.ts';
import { formatFailure, isFailure, type Failure, type Result } from '../../report/failure.ts';
import type { Command } from '../shared/command.ts';
import type { Context } from '../shared/context.ts';
import { vmOptionsOf } from '../shared/vm-options.ts';
import { installOption } from '../shared/target-command.ts';

export const each: Command = {
  name: 'each',
  summary: 'Build and run every commit of a series, in a worktree of its own.',
  operands: [{ name: 'range', summary: 'BASE..HEAD: the commits after BASE, up to HEAD' }],
  guestCommand: 'run in each kernel: status 0 is a pass, 125 cannot tell',
  options: [
    { flags: '--until-fail', summary: 'stop at the first commit that is broken' },
    ...vmOptionsOf('history'),
    installOption,
  ],
  examples: [
    ['each -- main..HEAD -- ./test.sh', 'each commit of this branch'],
    ['each -- --until-fail HEAD~5.. -- true', 'the last five, up to one that does not build or boot'],
  ],
  async run(call, context) {
    const status = await whileAlone('each', context, () => all(call, context));
    return isFailure(status) ? finish(status) : status;
  },
};

async function all(call: Call, context: Context): Promise<number> {
  const [range] = call.operands;
  if (range === undefined || call.guestCommand.length === 0) return finish(incomplete(range));
  const asked = await whatIsAsked(call, context, 'each');
  if (isFailure(asked)) return finish(asked);
  const series = await commitsIn(range, asked.repository);
  if (isFailure(series)) return finish(series);
  const { commits, before } = series;
  const workshop = await openWorkshop(asked, before ?? commits[0] ?? '', false, context);
  if (isFailure(workshop)) return finish(workshop);
  const compared = before === undefined ? undefined : await buildBefore(before, workshop);
  if (isFailure(compared)) return finish(compared);
  const { rows, stopped } = await runEach(commits, call.options['untilFail'] === true, {
    begins: async (commit, number) => {
      const told = await describe(commit, workshop.worktree.git);
      context.say(`${number} of ${commits.length}: ${shortId(commit)} ${isFailure(told) ? '' : told.subject}`);
    },
    test: async (commit) => {
      const tested = await testCommit(commit, workshop);
      if (isFailure(tested)) return tested;
      if (tested.failed !== undefined) process.stderr.write(asTyped(formatFailure(tested.failed.failure)));
      return tested;
    },
    ended: (row) => {
      for (const warning of row.newWarnings ?? []) context.say(`new: ${warning}`);
      context.say(testedLine(row));
    },
  });
  if (rows.length > 0) process.stdout.write(eachTable(rows));
  if (stopped !== undefined) return finish(stopped);
  context.say(eachSummary(rows, commits.length));
  return rows.some(isBroken) ? 1 : 0;
}

function incomplete(range: string | undefined): Failure {
  const wrong = range === undefined ? 'each needs a range of commits, and a command' : "there is no command after '--' to run in each kernel";
  return hostFailure({ reason: 'bad-usage', wrong, fix: [`npm run each -- ${range ?? 'main..HEAD'} -- ./test.sh`] });
}

/** What the first commit's warnings are compared with. */
async function buildBefore(before: string, workshop: Workshop): Promise<Result<void>> {
  const { context } = workshop;
  context.say(`${shortId(before)}, before the first: its warnings are what the first commit's are compared with`);
  const built = await buildCommit(before, workshop);
  if (isFailure(built)) return built;
  if (built.failed !== undefined) context.say(`${shortId(before)} ${built.failed.judged.why}: the first commit's warnings are compared with nothing`);
}
