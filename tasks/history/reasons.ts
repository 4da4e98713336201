/** What can go wrong with a way through a tree's history, besides what a commit does. */
import { failuresOf } from '../report/failure.ts';
import { shellQuote } from '../text/values.ts';

type HistoryReason =
  | { reason: 'not-a-repository'; tree: string; why: string }
  | { reason: 'no-commit'; revision: string; tree: string; shallow: boolean }
  | { reason: 'same-commit'; good: string; bad: string; commit: string }
  /** `base`: the newest commit that both come from; absent where there is none. */
  | { reason: 'not-an-ancestor'; good: string; bad: string; reversed: boolean; base: string | undefined }
  | { reason: 'bisect-under-way'; good: string; bad: string; command: readonly string[]; tested: number; elsewhere: string | undefined }
  | { reason: 'end-is-not-so'; end: 'good' | 'bad'; commit: string; subject: string; verdict: string; why: string; log: string | undefined }
  | { reason: 'bad-range'; range: string; wrong: string }
  | { reason: 'git-unclear'; doing: string; said: readonly string[] };

const short = (commit: string) => commit.slice(0, 12);
const lineOf = (command: readonly string[]) => command.map(shellQuote).join(' ');

export const historyFailure = failuresOf<HistoryReason>({
  'not-a-repository': (d) => ({
    what: `the history of ${d.tree} cannot be read: ${d.why}`,
    fix: [`git -C ${shellQuote(d.tree)} log -1`, 'npm run bisect -- --tree ~/linux v6.1 HEAD -- ./test.sh   # a tree that git knows'],
  }),
  'no-commit': (d) => ({
    what: `there is no commit '${d.revision}' in ${d.tree}`,
    why: d.shallow ? ['This clone is shallow: it has only the newest part of its history.'] : [],
    fix: d.shallow ? [`git -C ${shellQuote(d.tree)} fetch --unshallow`] : [`git -C ${shellQuote(d.tree)} log --oneline`],
  }),
  'same-commit': (d) => ({
    what: `${d.good} and ${d.bad} are one commit, ${short(d.commit)}: there is nothing between them`,
    fix: ['npm run bisect -- --help'],
  }),
  'not-an-ancestor': (d) => ({
    what: `the good commit, ${d.good}, is not an ancestor of the bad one, ${d.bad}`,
    why: [d.reversed ? 'It is the other way round: the good one comes first.' : d.base === undefined ? 'The two have no history in common.' : `Both come from ${short(d.base)}. If that is good, the first bad commit is after it.`],
    fix: d.reversed ? [`npm run bisect -- ${shellQuote(d.bad)} ${shellQuote(d.good)} -- …`] : d.base === undefined ? [] : [`npm run bisect -- ${short(d.base)} ${shellQuote(d.bad)} -- …`],
  }),
  'bisect-under-way': (d) => ({
    what: `another bisect is under way${d.elsewhere === undefined ? '' : `, in ${d.elsewhere}`}: ${short(d.good)} is good, ${short(d.bad)} is bad, ${d.tested} tested`,
    why: ['The first command continues it; the second ends it, and removes its worktree.'],
    fix: [`npm run bisect -- ${short(d.good)} ${short(d.bad)} -- ${lineOf(d.command)}`, 'npm run bisect -- --reset'],
  }),
  'end-is-not-so': (d) => ({
    what: `${short(d.commit)} (${d.subject}), which is said to be ${d.end}, ${d.verdict === 'skip' ? 'cannot be tested' : `is ${d.verdict}`}: ${d.why}`,
    why: d.verdict === 'skip' ? ['Name another commit.']
      : d.end === 'good' ? ['Either something else goes wrong there, or the bug came in earlier. KNOWN_SPLATS names the reports of the kernel that are expected.']
        : ['The command does not show the bug, or not every time.'],
    log: d.log,
    fix: d.end === 'good' ? ['npm run bisect -- OLDER BAD -- …', "KNOWN_SPLATS='WARNING in f' npm run bisect -- …"] : ['npm run bisect -- GOOD BAD -- …'],
  }),
  'bad-range': (d) => ({ what: `the range '${d.range}': ${d.wrong}`, fix: ['npm run each -- main..HEAD -- ./test.sh'] }),
  'git-unclear': (d) => ({ said: d.said, what: `${d.doing}: git's answer is not understood`, fix: ['npm run bisect -- --reset'] }),
});
