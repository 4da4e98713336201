/** What the kernel was built from: git's HEAD, and what is not committed. */
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { lookingGit as env, ownerRefusal } from '../../host/git.ts';
import type { Finished } from '../../host/processes/process.ts';
import { isBuildProduct } from '../../kernel/clean/products.ts';
import { isSourceName } from '../../kernel/inputs/names.ts';
import { manifestName } from '../../kernel/source/manifest.ts';
import { isFailure, type Result } from '../../report/failure.ts';
import { endedAt } from './cut.ts';
import type { SourceFacts } from './facts.ts';
import type { Part } from './parts.ts';
import type { Run } from './run.ts';

interface SourceRequest {
  /** `undefined`: it is not known. */
  readonly tree: string | undefined;
  /** When the kernel was built: ms since 1970. */
  readonly builtMs: number;
  /** A directory for the difference. */
  readonly scratch: string;
  readonly run: Run;
}

const part = { name: 'uncommitted.diff', what: "what git's HEAD does not have" } as const;
/** Of the difference. Bytes. */
const mostDiff = 1 << 20;
/** Up to this it is shown in README.md. */
const shown = { lines: 200, bytes: 16 << 10 } as const;
/** New files go into the difference up to this size, and this number. */
const mostNew = { bytes: 256 << 10, files: 50 } as const;

/** Neither the user's own settings nor another repository's: a plain difference that `git apply` takes, and no lock, for which a watch would wait. */
const plain = ['-c', 'core.quotePath=off', '-c', 'diff.noprefix=false', '-c', 'diff.mnemonicPrefix=false', '-c', 'diff.relative=false'];
const plainDiff = ['--no-color', '--no-ext-diff', '--no-textconv', '--full-index', '--src-prefix=a/', '--dst-prefix=b/'];

export async function sourceFacts(request: SourceRequest): Promise<{ readonly facts: SourceFacts; readonly part: Part }> {
  const { tree } = request;
  const other = (why: string, changed?: readonly string[]) => ({ facts: { kind: 'other' as const, why, changed }, part: { ...part, why } });
  if (tree === undefined) return other('it is not known what the kernel was built from');
  const git = (...args: string[]) => request.run({ argv: ['git', ...plain, ...args], cwd: tree, env });
  const top = await git('rev-parse', '--show-prefix');
  if (isFailure(top)) return other(top.words.what);
  // A tree unpacked within another repository is not that one's.
  if (top.status !== 0 || top.stdout.trimEnd() !== '') {
    const refused = ownerRefusal(top.stderr);
    return other(refused === undefined ? `${tree} is not a git repository` : `git: ${refused}`, await changedSinceUnpacked(request, tree));
  }
  const head = await git('log', '-1', '--no-show-signature', '--format=%H%n%s', 'HEAD');
  if (isFailure(head)) return other(head.words.what);
  if (head.status !== 0) return other(`${tree} has no commit: ${reasonOf(head)}`);
  const [commit = '', subject = ''] = head.stdout.split('\n');
  const branch = await git('symbolic-ref', '--quiet', '--short', 'HEAD');
  const changed = namesOf(await git('diff', '-z', '--name-only', '--no-ext-diff', 'HEAD'));
  const untracked = namesOf(await git('ls-files', '-z', '--others', '--exclude-standard'));
  const added = untracked.filter((name) => isSourceName(basename(name)));
  const diff = await difference(request, tree, added.filter((name) => belongsIntoDiff(join(tree, name))).slice(0, mostNew.files));
  return {
    facts: {
      kind: 'git', commit, subject,
      branch: isFailure(branch) || branch.status !== 0 ? undefined : branch.stdout.trim(),
      changed, added,
      later: [...changed, ...added].filter((name) => (statSync(join(tree, name), { throwIfNoEntry: false })?.mtimeMs ?? 0) > request.builtMs),
      diff: 'data' in diff && diff.leftOut === undefined ? shortEnough(diff.data.toString()) : undefined,
    },
    part: diff,
  };
}

/** Keys are written beside sources, and are nobody else's affair. */
function belongsIntoDiff(path: string): boolean {
  return !/\.(?:pem|x509|key)$/.test(path) && (statSync(path, { throwIfNoEntry: false })?.size ?? Infinity) <= mostNew.bytes;
}

function shortEnough(diff: string): string | undefined {
  return diff === '' || diff.length > shown.bytes || diff.split('\n').length > shown.lines ? undefined : diff;
}

/** Written to a file: it need not be UTF-8, and may be without end. A new file is compared with none: its status is then 1. */
const script = `umask 077; out=$1 most=$2; shift 2; n=$1; shift; diff=("\${@:1:n}"); shift "$n"
set -o pipefail
{ "\${diff[@]}" HEAD || exit
  for file; do "\${diff[@]}" --no-index -- /dev/null "$file" || [ $? = 1 ] || exit; done
} | head -c "$most" >"$out"`;

async function difference({ scratch, run }: SourceRequest, tree: string, added: readonly string[]): Promise<Part> {
  const out = join(scratch, '.diff');
  const diff = ['git', ...plain, 'diff', ...plainDiff];
  try {
    const ran = await run({ argv: ['bash', '-c', script, 'bash', out, String(mostDiff + 1), String(diff.length), ...diff, ...added], cwd: tree, env });
    if (isFailure(ran)) return { ...part, why: ran.words.what };
    // 141: git was writing when enough had been read.
    if (ran.status !== 0 && ran.status !== 141) return { ...part, why: `git diff ended with ${ran.status}: ${reasonOf(ran)}` };
    const { data, more } = endedAt(readFileSync(out), mostDiff);
    return { ...part, data, leftOut: more ? 'the first MiB of it: it cannot be applied' : undefined };
  } finally {
    rmSync(out, { force: true });
  }
}

/** Of a tree that kloop unpacked: by times alone, for what was there before is nowhere. */
async function changedSinceUnpacked({ run }: SourceRequest, tree: string): Promise<string[] | undefined> {
  if (!existsSync(join(tree, manifestName)) || existsSync(join(tree, '.git'))) return undefined;
  const ran = await run({ argv: ['find', '.', '-newer', manifestName, '-type', 'f', '-printf', '%P\\0'], cwd: tree });
  if (isFailure(ran) || ran.status !== 0) return undefined;
  return ran.stdout.split('\0').filter((name) => name !== '' && isSourceName(basename(name)) && !isBuildProduct(name, (other) => existsSync(join(tree, other)))).sort();
}

function namesOf(ran: Result<Finished>): string[] {
  return isFailure(ran) || ran.status !== 0 ? [] : ran.stdout.split('\0').filter((name) => name !== '');
}

const reasonOf = ({ stderr }: Finished) => /^(?:fatal|error): .*$/m.exec(stderr)?.[0] ?? stderr.trimEnd().split('\n').at(-1) ?? '';
