/** What the tools take and give, as the protocol declares it. */
import { z } from 'zod';

/** A word of a command line that stands alone: with a dash it would be an option. */
const word = z.string().regex(/^[^-]/, 'begins with a dash, and is not an option here');
const time = z.string().regex(/^\d+(\.\d+)?(ms|s|m|h)?$/);

const vm = {
  kernel: z.string().min(1).optional().describe("boot this instead of the tree's kernel, and build nothing: an image's path, `host`, or `installed:VERSION`"),
  timeout: time.optional().describe("time limit: 30s, 5m; of `check`: for each test"),
  memory: z.string().regex(/^\d+(\.\d+)?[KMGT]?i?B?$/i).optional().describe('of the VM: 512M, 2G'),
  cpus: z.int().min(1).max(255).optional(),
  kernelOptions: z.array(z.string().min(1)).max(100).optional().describe("appended to the kernel's command line"),
};

export const inputs = {
  plan: { target: word.optional().describe('a target (kernel, config, …) and what it needs; default: everything that a VM needs') },
  build: { image: z.boolean().optional().describe('build bzImage, too; default: vmlinux alone, which is what a VM boots') },
  run: { command: z.array(z.string()).min(1).max(10_000).describe('program and arguments, run in the guest; for a line of shell: ["sh", "-c", "…"]'), ...vm },
  check: {
    tests: z.array(word).max(1_000).optional().describe('COLLECTION or COLLECTION:PROGRAM of kselftest (net/mptcp:mptcp_join.sh), kunit:SUITE*, or ./program; default: the tests for what is changed in the tree'),
    arguments: z.array(z.string()).max(1_000).optional().describe('for the one program that is named'),
    repeat: z.int().min(1).max(1_000).optional().describe('run all tests this many times'),
    ...vm,
  },
  log: {
    of: z.string().optional().describe("a target (kernel, config, …), `vm` for the newest VM's console, or vm/NAME; default: the newest log of all"),
    lines: z.int().min(1).max(2_000).optional().describe('how many of the last lines; default: 100'),
  },
  evidence: { name: word.optional().describe('which, as listed, or `last`: its report; default: the list') },
  doctor: {},
};

const output = z.string().describe('what was printed, beginning and end: what is left out between them is said');
const exit = z.int().describe("kloop's exit status");
const leftOut = z.int().optional().describe('how many more there are');

// What comes from a --json of kloop's own is loose: it may learn to say more.
const row = z.looseObject({ target: z.string(), title: z.string(), freshness: z.enum(['fresh', 'stale', 'after', 'unknowable']), words: z.string().optional(), note: z.string().optional() });

const test = z.object({
  id: z.string(), verdict: z.string(), why: z.string().optional(), tookMs: z.int(), subtests: z.int(),
  failing: z.array(z.string()).optional(), failingLeftOut: z.int().optional(), complaints: z.array(z.string()).optional(), log: z.string().optional(),
});

const found = z.object({
  name: z.string(), dir: z.string(), bytes: z.int(), title: z.string(), what: z.string(), by: z.string(), at: z.string(),
  command: z.string().optional(), status: z.string().optional(),
});

export const outputs = {
  plan: { exit, targets: z.array(row), output },
  build: { verdict: z.enum(['built', 'failed']), exit, totalMs: z.int(), output },
  run: z.looseObject({
    verdict: z.string().describe('passed, failed, splat (the kernel complained), timed-out, lost (a panic, a crash), build-failed, interrupted, not-run'),
    exit, status: z.int().optional().describe("the command's"), splats: z.array(z.object({ kind: z.string(), title: z.string() })), splatsLeftOut: z.int().optional(),
    words: z.string().optional(), kernel: z.string().optional(), evidence: z.string().optional(), log: z.string().optional(), totalMs: z.int(), output,
  }),
  check: {
    verdict: z.enum(['passed', 'failed', 'timed-out', 'lost', 'not-run']), exit, totalMs: z.int(), tests: z.array(test), leftOut,
    changes: z.record(z.string(), z.array(z.string())).optional(), unread: z.string().optional(), output,
  },
  log: { of: z.string(), path: z.string(), bytes: z.int(), text: z.string(), there: z.array(z.string()) },
  evidence: { evidence: z.array(found), leftOut, readme: z.string().optional() },
  doctor: { works: z.boolean(), checks: z.array(z.looseObject({ section: z.string(), state: z.string(), words: z.string(), fix: z.string().optional() })) },
};
