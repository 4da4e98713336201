import { rmSync } from 'node:fs';
import { finish } from '../../cli/finish.ts';
import type { Call } from '../../cli/spec.ts';
import { hostFailure } from '../../host/reasons.ts';
import { runBisect, type BisectEnd } from '../../history/bisect.ts';
import { bisectLog, nextStep } from '../../history/next.ts';
import { isSameQuestion, readBisect, writeBisect, type Bisect } from '../../history/notes.ts';
import { historyPlace } from '../../history/place.ts';
import { historyFailure } from '../../history/reasons.ts';
import { describe, endsOf } from '../../history/repository.ts';
import { resetBisect } from '../../history/reset.ts';
import { whileAlone } from '../../history/run/lock.ts';
import { openWorkshop, whatIsAsked, type Workshop } from '../../history/run/open.ts';
import { testCommit } from '../../history/run/step.ts';
import { beginsLine, foundLines, shortId, testedLine, unclearLines } from '../../history/words.ts';
import { isFailure, type Failure, type Result } from '../../report/failure.ts';
import { interruption } from '../../report/interrupted.ts';
import { shellQuote } from '../../text/values.ts';
import type { Command } from '../shared/command.ts';
import type { Context } from '../shared/context.ts';
import { vmOptionsOf } from '../shared/vm-options.ts';
import { installOption } from '../shared/target-command.ts';

export const bisect: Command = {
  name: 'bisect',
  summary: 'Find the commit that broke it, in a worktree of its own.',
  operands: [
    { name: 'good', summary: 'a commit with which the command succeeds' },
    { name: 'bad', summary: 'a later one with which it fails' },
  ],
  guestCommand: 'run in each kernel: status 0 is good, 125 cannot tell, any other is bad',
  options: [
    { flags: '--reset', summary: 'end the bisect that is under way, and remove the worktree' },
    ...vmOptionsOf('history'),
    installOption,
  ],
  examples: [
    ['bisect -- v6.1 HEAD -- ./test.sh', 'the commit since v6.1 that broke the test'],
    ['bisect -- --timeout 30s v6.1 HEAD -- true', 'the commit that panics, hangs or complains at boot'],
    ['bisect -- --reset', 'end it, and remove its worktree'],
  ],
  async run(call, context) {
    const status = await whileAlone('bisect', context, () => (call.options['reset'] === true ? reset(call, context) : find(call, context)));
    return isFailure(status) ? finish(status) : status;
  },
};

async function reset(call: Call, context: Context): Promise<number> {
  if (call.operands.length > 0) return finish(hostFailure({ reason: 'bad-usage', wrong: `--reset takes no '${call.operands[0]}'`, fix: ['npm run bisect -- --reset'] }));
  const under = await resetBisect(context.settings.stateDir, context);
  if (isFailure(under)) return finish(under);
  context.say(under === undefined || under.over ? 'no bisect is under way; the worktree is removed' : `the bisect of ${shortId(under.good)}..${shortId(under.bad)} is ended, and its worktree removed`);
  return 0;
}

async function find(call: Call, context: Context): Promise<number> {
  const [good, bad] = call.operands;
  const notes = historyPlace(context.settings.stateDir).bisect;
  const before = readBisect(notes);
  const under = before?.over === false ? before : undefined;
  if (good === undefined || bad === undefined || call.guestCommand.length === 0) return finish(incomplete(call, under));
  const asked = await whatIsAsked(call, context, 'bisect');
  if (isFailure(asked)) return finish(asked);
  const { repository } = asked;
  const ends = await endsOf(good, bad, repository);
  if (isFailure(ends)) return finish(ends);
  const begun: Bisect = { repository: repository.shared, tree: repository.tree, ...ends, command: call.guestCommand, tested: [], over: false };
  const goesOn = before !== undefined && isSameQuestion(before, begun);
  if (under !== undefined && !goesOn) {
    const { tested, repository: where, tree } = under;
    return finish(historyFailure({ reason: 'bisect-under-way', good: under.good, bad: under.bad, command: under.command, tested: tested.length, elsewhere: where === begun.repository ? undefined : tree }));
  }
  const workshop = await openWorkshop(asked, begun.bad, goesOn, context);
  if (isFailure(workshop)) return finish(workshop);
  if (goesOn && before.tested.length > 0) context.say(before.over ? 'this was found before: npm run bisect -- --reset, and it is looked for again' : `going on: ${before.tested.length} tested before`);
  const ended = await steps(goesOn ? before : begun, workshop);
  if (isFailure(ended)) return stopped(ended, notes, context);
  return tell(ended, workshop);
}

/** What is missing on the command line. */
function incomplete({ operands, guestCommand }: Call, under: Bisect | undefined): Failure {
  const goOn = under === undefined ? [] : [`npm run bisect -- ${shortId(under.good)} ${shortId(under.bad)} -- ${under.command.map(shellQuote).join(' ')}   # continues the one under way`];
  const wrong = operands.length === 2 ? "there is no command after '--' that tells a good kernel from a bad one"
    : guestCommand.length === 0 && operands.length === 0 ? 'bisect needs a good commit, a bad one, and a command' : 'bisect needs a good commit and a bad one';
  return hostFailure({ reason: 'bad-usage', wrong, fix: [...goOn, 'npm run bisect -- GOOD BAD -- ./test.sh'] });
}

function steps(begun: Bisect, workshop: Workshop): Promise<Result<BisectEnd>> {
  const { context, worktree, place } = workshop;
  return runBisect(begun, {
    test: async (commit) => {
      const tested = await testCommit(commit, workshop);
      if (isFailure(tested)) return tested;
      const { subject, build, verdict, why, tookMs, log, evidence } = tested;
      return { commit, subject, build, verdict, why, tookMs, log, evidence };
    },
    next: (now) => nextStep(now, place.replay, worktree.git),
    save: (now) => writeBisect(place.bisect, now),
    begins: async (commit, step) => {
      const told = await describe(commit, worktree.git);
      context.say(beginsLine(isFailure(told) ? { id: commit, subject: '' } : told, step));
    },
    ended: (tested) => context.say(testedLine(tested)),
  });
}

function stopped(failure: Failure, notes: string, context: Context): number {
  // It has not begun: what is asked next need not be the same.
  if (historyFailure.is(failure, 'end-is-not-so')) rmSync(notes, { force: true });
  const status = finish(failure);
  if (interruption.is(failure, 'interrupted')) context.say('the same command continues from here; npm run bisect -- --reset ends it');
  return status;
}

async function tell({ bisect: ended, last }: BisectEnd, { worktree, context }: Pick<Workshop, 'worktree' | 'context'>): Promise<number> {
  const lines = (all: readonly string[]) => { for (const line of all) context.say(line); };
  if (last.kind === 'unclear') {
    const commits = await Promise.all(last.commits.map((id) => describe(id, worktree.git)));
    lines(unclearLines(commits.map((commit, i) => (isFailure(commit) ? { id: last.commits[i] ?? '', subject: '' } : commit)), ended));
    return 1;
  }
  const commit = await describe(last.commit, worktree.git);
  if (isFailure(commit)) return finish(commit);
  const log = await bisectLog(worktree.git);
  lines(foundLines(commit, ended, isFailure(log) ? '' : log));
  process.stdout.write(`${commit.id}\n`);
  return 0;
}
