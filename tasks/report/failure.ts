/**
 * A failure is a value: functions return `Result<T>`, and exceptions are left
 * to bugs. Each room declares its failures, with their words, in its reasons.ts.
 */
import { formatWords, type Words } from './words.ts';

/** What is known of a failure: its reason, and the facts of it. */
interface Detail {
  readonly reason: string;
}

export class Failure<D extends Detail = Detail> {
  readonly detail: D;
  readonly #words: () => Words;

  constructor(detail: D, words: () => Words) {
    this.detail = detail;
    this.#words = words;
  }

  get words(): Words {
    return this.#words();
  }
}

/** What a function gives that can fail: its value, or the failure. */
export type Result<T> = T | Failure;

export function isFailure(value: unknown): value is Failure {
  return value instanceof Failure;
}

/** A room's failures: called with a detail it makes one. */
interface Failures<R extends Detail> {
  <D extends R>(detail: D): Failure<D>;
  /** Whether it is one of the room's, for one of these reasons. */
  is<K extends R['reason']>(value: unknown, ...reasons: readonly K[]): value is Failure<Extract<R, { reason: K }>>;
}

/** Declares a room's failures: a reason without its words does not compile. */
export function failuresOf<R extends Detail>(words: { readonly [K in R['reason']]: (detail: Extract<R, { reason: K }>) => Words }): Failures<R> {
  const wordsOf = (detail: R) => (words[detail.reason as R['reason']] as (detail: R) => Words)(detail);
  const made = new WeakSet<Failure>();
  const make = <D extends R>(detail: D) => {
    const failure = new Failure(detail, () => wordsOf(detail));
    made.add(failure);
    return failure;
  };
  return Object.assign(make, {
    is: <K extends R['reason']>(value: unknown, ...reasons: readonly K[]): value is Failure<Extract<R, { reason: K }>> =>
      isFailure(value) && made.has(value) && (reasons as readonly string[]).includes(value.detail.reason),
  });
}

/** The whole message, as it goes to stderr; ends with a newline. */
export function formatFailure(failure: Failure): string {
  return formatWords(failure.words);
}
