/** Every commit of a series, oldest first. */
import { isFailure, type Failure, type Result } from '../report/failure.ts';
import type { Tested } from './tested.ts';

/** A commit of the series. */
export interface Row extends Tested {
  /** Warnings of the compiler's that the commit before did not have; `undefined`: there was nothing to compare with. */
  readonly newWarnings: readonly string[] | undefined;
}

interface EachDoors {
  test(commit: string): Promise<Result<Row>>;
  begins(commit: string, number: number): Promise<void>;
  ended(row: Row): void;
}

/** What a series is run for: one that cannot be tested is not among them, unless it does not build. */
export const isBroken = ({ build, verdict }: Pick<Tested, 'build' | 'verdict'>): boolean => build === 'failed' || verdict === 'bad';

/** What there is to tell, also where it was stopped. */
interface EachEnd {
  readonly rows: readonly Row[];
  readonly stopped: Failure | undefined;
}

/** @param untilFail the first that is broken is the last */
export async function runEach(commits: readonly string[], untilFail: boolean, doors: EachDoors): Promise<EachEnd> {
  const rows: Row[] = [];
  for (const [i, commit] of commits.entries()) {
    await doors.begins(commit, i + 1);
    const row = await doors.test(commit);
    if (isFailure(row)) return { rows, stopped: row };
    doors.ended(row);
    rows.push(row);
    if (untilFail && isBroken(row)) break;
  }
  return { rows, stopped: undefined };
}
