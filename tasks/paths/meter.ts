/** What samples come to: of each path, what went over it so far. Pure. */
import { upOf } from './peer-script.ts';
import type { PlannedPath } from './plan.ts';
import type { ConnectionCount, MultipathCount, QueueCount, Sample } from './sample.ts';

export type MeteredPath = Pick<PlannedPath, 'name' | 'place' | 'vmAddress' | 'vmAddress6'>;

/** A path, up to now. */
export interface Metered {
  readonly name: string;
  readonly down: QueueCount;
  readonly up: QueueCount;
  /** What TCP has carried, without what it sent twice; bytes. */
  readonly payload: { readonly down: number; readonly up: number };
  /** Over the time in which payload came; bits per second, both directions. 0: none came. */
  readonly goodput: number;
  /** Of the peer's TCP, smoothed, while data was under way: the mean over those samples, the least, the last; ms. */
  readonly rtt: { readonly meanMs: number; readonly leastMs: number; readonly lastMs: number } | undefined;
  /** Segments that the peer sent again. */
  readonly again: number;
  /** Connections, or subflows of them: now, and since the start. */
  readonly subflows: { readonly now: number; readonly ever: number };
}

/** The kernel's last word on a connection that has ended comes later than it is missing from the list; samples. */
const lastWord = 50;

const nothing: QueueCount = { bytes: 0, packets: 0, dropped: 0 };

interface Account {
  readonly path: MeteredPath;
  down: QueueCount;
  up: QueueCount;
  /** What has ended, and by the cookies what is there, or may be told of once more: it is missing since so many samples. */
  ended: { down: number; up: number; again: number };
  readonly open: Map<string, { readonly one: ConnectionCount; readonly missing: number }>;
  /** Who has had these ports last. */
  readonly cookies: Map<string, string>;
  payload: { down: number; up: number };
  again: number;
  ever: number;
  activeMs: number;
  activeBytes: number;
  rttSum: number;
  rttCount: number;
  rttLeast: number;
  rttLast: number;
}

export class PathMeter {
  readonly #accounts: readonly Account[];
  readonly #sequences = new Map<string, MultipathCount>();
  #lastMs: number | undefined;
  #moved = 0;

  constructor(paths: readonly MeteredPath[]) {
    this.#accounts = paths.map((path) => ({
      path, down: nothing, up: nothing, ended: { down: 0, up: 0, again: 0 }, open: new Map(), cookies: new Map(), payload: { down: 0, up: 0 },
      again: 0, ever: 0, activeMs: 0, activeBytes: 0, rttSum: 0, rttCount: 0, rttLeast: Infinity, rttLast: 0,
    }));
  }

  /** How far all connections have come; bytes. What Multipath TCP sends twice, over two paths, counts once. */
  get moved(): number {
    return this.#moved;
  }

  take(sample: Sample): void {
    const passedMs = this.#lastMs === undefined ? 0 : sample.atMs - this.#lastMs;
    this.#lastMs = sample.atMs;
    const tokens = new Set(sample.multipath.map(({ token }) => token));
    for (const one of sample.multipath) {
      const before = this.#sequences.get(one.token) ?? one;
      // A FIN has a sequence number, too.
      this.#moved += Number(BigInt.asUintN(64, one.acked - before.acked) + BigInt.asUintN(64, one.received - before.received));
      this.#sequences.set(one.token, one);
    }
    for (const token of this.#sequences.keys()) if (!tokens.has(token)) this.#sequences.delete(token);
    for (const account of this.#accounts) {
      account.down = sample.queues.get(account.path.name) ?? account.down;
      account.up = sample.queues.get(upOf(account.path.place)) ?? account.up;
      this.#moved += takeConnections(account, sample.connections.filter(({ remote }) => [account.path.vmAddress, account.path.vmAddress6].includes(remote)), passedMs, tokens);
    }
  }

  get now(): Metered[] {
    return this.#accounts.map(({ path, down, up, payload, again, open, ever, activeMs, activeBytes, rttSum, rttCount, rttLeast, rttLast }) => ({
      name: path.name, down, up, payload, again,
      goodput: activeMs === 0 ? 0 : activeBytes * 8000 / activeMs,
      rtt: rttCount === 0 ? undefined : { meanMs: rttSum / rttCount, leastMs: rttLeast, lastMs: rttLast },
      subflows: { now: [...open.values()].filter(({ missing }) => missing === 0).length, ever },
    }));
  }
}

/** @returns what moved on connections that are none of `counted`; bytes */
function takeConnections(account: Account, all: readonly ConnectionCount[], passedMs: number, counted: ReadonlySet<string>): number {
  const { open, ended } = account;
  const connections = withoutWholes(account.cookies, all);
  let alone = 0;
  for (const one of connections) {
    const before = open.get(one.cookie)?.one;
    if (before === undefined) account.ever++;
    const moved = one.acked + one.received - (before === undefined ? 0 : before.acked + before.received);
    if (one.token === undefined || !counted.has(one.token)) alone += moved;
    if (moved > 0 && one.rttMs > 0) {
      account.rttSum += one.rttMs;
      account.rttCount++;
      account.rttLeast = Math.min(account.rttLeast, one.rttMs);
      account.rttLast = one.rttMs;
    }
    open.set(one.cookie, { one, missing: 0 });
  }
  const there = new Set(connections.map(({ cookie }) => cookie));
  for (const [cookie, { one, missing }] of open) {
    if (there.has(cookie)) continue;
    if (missing < lastWord) {
      open.set(cookie, { one, missing: missing + 1 });
      continue;
    }
    open.delete(cookie);
    ended.down += one.acked;
    ended.up += one.received;
    ended.again += one.again;
  }
  const sum = (of: (one: ConnectionCount) => number) => [...open.values()].reduce((all, { one }) => all + of(one), 0);
  const payload = { down: ended.down + sum(({ acked }) => acked), up: ended.up + sum(({ received }) => received) };
  const more = payload.down + payload.up - account.payload.down - account.payload.up;
  if (more > 0) {
    account.activeMs += passedMs;
    account.activeBytes += more;
  }
  account.payload = payload;
  account.again = ended.again + sum(({ again }) => again);
  return alone;
}

/**
 * Out of tree, the kernel also tells of the end of the socket that a program has:
 * it has the addresses and ports of its first subflow, no round trips, and what
 * all its subflows have carried, which was counted as theirs. (Seen: 4.14 with 0.94.)
 */
function withoutWholes(cookies: Map<string, string>, connections: readonly ConnectionCount[]): readonly ConnectionCount[] {
  for (const { ports, cookie, rttMs } of connections) if (rttMs > 0) cookies.set(ports, cookie);
  return connections.filter(({ ports, cookie, rttMs }) => rttMs > 0 || (cookies.get(ports) ?? cookie) === cookie);
}
