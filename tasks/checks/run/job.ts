/** One test as it is run in a guest. Data only. */

export interface Job {
  /** 'net/mptcp:pm_netlink.sh', './repro.sh'. */
  readonly id: string;
  readonly argv: readonly string[];
  readonly cwd: string;
  /** ms, 0: none. */
  readonly limitMs: number;
  readonly byKselftestsRules: boolean;
  /** Another text of the test, or another build of it: another version. */
  readonly version: string;
}
