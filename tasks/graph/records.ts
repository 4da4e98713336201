import type { TargetRecord } from './target.ts';
import type { Result } from '../report/failure.ts';

/** Where records are kept: by a target's name and its key. */
export interface Records {
  read(name: string, key: string): TargetRecord | undefined;
  write(name: string, key: string, record: TargetRecord): Result<void>;
}
