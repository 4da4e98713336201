/** How a commit comes out: by its build, and by what its VM does. Pure. */
import { unexpected } from '../console/known.ts';
import type { Splat } from '../console/splat.ts';
import { titlesInShort } from '../console/words.ts';
import { hostFailure } from '../host/reasons.ts';
import { makeFailure } from '../kernel/make/reasons.ts';
import { kernelFailure } from '../kernel/reasons.ts';
import { machineFailure } from '../machine/reasons.ts';
import { isFailure, type Failure, type Result } from '../report/failure.ts';

/** As git bisect has them. */
export type Verdict = 'good' | 'bad' | 'skip';

export interface Judged {
  readonly verdict: Verdict;
  /** In words, without the commit. */
  readonly why: string;
  readonly log?: string | undefined;
}

/** The status by which a command says that it cannot tell. (git-bisect(1), "bisect run") */
const cannotTell = 125;

/** @returns what a build that failed says of its commit; the failure where it says nothing of it: no space left, no compiler */
export function judgeBuild(failure: Failure): Result<Judged> {
  const ofTheCommit = makeFailure.is(failure, 'compile-failed', 'link-failed', 'make-made-nothing')
    || (makeFailure.is(failure, 'make-failed') && typeof failure.detail.status === 'number')
    // Its Makefile or Kconfig is gone or broken, or its configuration has not what the VM needs.
    || kernelFailure.is(failure, 'not-a-kernel-tree', 'config-lacks')
    || (hostFailure.is(failure, 'command-failed') && failure.detail.argv[0] === 'make' && typeof failure.detail.status === 'number');
  return ofTheCommit ? { verdict: 'skip', why: failure.words.what, log: failure.words.log } : failure;
}

/**
 * @param known titles of reports that are expected
 * @returns what a VM says of its commit; its failure where that has another cause: no QEMU, killed from outside
 */
export function judgeRun(ended: Result<{ readonly status: number; readonly splats: readonly Splat[]; readonly log: string }>, known: readonly string[]): Result<Judged> {
  if (isFailure(ended)) return judgeLost(ended);
  const { status, log } = ended;
  const splats = unexpected(ended.splats, known);
  const complained = splats.length === 0 ? undefined : `the kernel complained: ${titlesInShort(splats)}`;
  if (status === cannotTell) return { verdict: 'skip', why: `status ${status}: the command cannot tell`, log };
  if (status !== 0) return { verdict: 'bad', why: `status ${status}${complained === undefined ? '' : `; ${complained}`}`, log };
  return complained === undefined ? { verdict: 'good', why: 'status 0', log } : { verdict: 'bad', why: complained, log };
}

function judgeLost(failure: Failure): Result<Judged> {
  const judged = (verdict: Verdict): Judged => ({ verdict, why: failure.words.what, log: failure.words.log });
  if (machineFailure.is(failure, 'vm-lost')) {
    const { verdict, qemu } = failure.detail;
    return verdict.kind === 'silent' && (qemu === 'SIGKILL' || qemu === 'SIGTERM') ? failure : judged('bad');
  }
  if (machineFailure.is(failure, 'vm-boot-hang', 'vm-wedged', 'vm-timeout')) return judged('bad');
  // Its init did not find what it needs: the kernel may be well, and cannot be tested.
  return machineFailure.is(failure, 'guest-trouble') ? judged('skip') : failure;
}
