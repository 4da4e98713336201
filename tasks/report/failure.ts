/**
 * A failure is a value: functions return `Result<T>`, and exceptions are left
 * to bugs. What a failure says to a person is worded in one place, words.ts.
 */
import type { Reason } from './reasons.ts';

export class Failure {
  readonly detail: Reason;

  constructor(detail: Reason) {
    this.detail = detail;
  }
}

/** What a function gives that can fail: its value, or the failure. */
export type Result<T> = T | Failure;

export function fail(detail: Reason): Failure {
  return new Failure(detail);
}

export function isFailure(value: unknown): value is Failure {
  return value instanceof Failure;
}
