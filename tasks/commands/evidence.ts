import { join, resolve } from 'node:path';
import { finish } from '../cli/finish.ts';
import type { Call } from '../cli/spec.ts';
import { asJson, chosen, listLines, sizeWords } from '../evidence/list.ts';
import { pack } from '../evidence/pack.ts';
import { listEvidence, type Evidence } from '../evidence/store.ts';
import { hostFailure } from '../host/reasons.ts';
import { readText } from '../host/files.ts';
import { sharedStateDir } from '../../config/settings.ts';
import { isFailure } from '../report/failure.ts';
import type { Command } from './shared/command.ts';
import type { Context } from './shared/context.ts';

export const evidence: Command = {
  name: 'evidence',
  summary: 'List, show and pack what is kept of VMs that went wrong.',
  operands: [
    { name: 'action', summary: 'what to do (default: list)', choices: ['list', 'show', 'pack'] },
    { name: 'name', summary: 'a name from the list (default: last)' },
    { name: 'file', summary: 'the archive to write, .tar.zst or .tar.gz (default: kloop-evidence-NAME.tar.zst, here)' },
  ],
  options: [{ flags: '--json', summary: 'print JSON' }],
  examples: [
    ['evidence', 'list it, the newest first'],
    ['evidence -- show last', 'print the report of the newest'],
    ['evidence -- pack last', 'pack the newest, to send it'],
  ],
  async run(call, context) {
    const [action = 'list', name, file] = call.operands;
    const extra = action === 'list' ? name : action === 'show' ? file : undefined;
    if (extra !== undefined) return finish(hostFailure({ reason: 'bad-usage', wrong: `${action} takes no '${extra}'`, fix: ['npm run evidence -- --help'] }));
    const all = listEvidence(sharedStateDir(context.settings));
    if (action === 'list') return list(all, call, context);
    const one = chosen(all, name);
    if (isFailure(one)) return finish(one);
    return action === 'show' ? show(one, call) : packOne(one, call, context, file);
  },
};

function list(all: readonly Evidence[], call: Call, context: Context): number {
  if (call.options['json'] === true) process.stdout.write(asJson(all));
  else if (all.length === 0) context.say('there is no evidence: nothing has gone wrong');
  else process.stdout.write(listLines(all).map((line) => `${line}\n`).join(''));
  return 0;
}

function show(one: Evidence, call: Call): number {
  if (call.options['json'] === true) {
    process.stdout.write(asJson([one]));
    return 0;
  }
  const path = join(one.dir, 'README.md');
  const text = readText(path);
  if (isFailure(text)) return finish(text);
  if (text === undefined) return finish(hostFailure({ reason: 'file-error', doing: 'reading a file', path, code: 'ENOENT', message: '' }));
  process.stdout.write(text);
  return 0;
}

async function packOne(one: Evidence, call: Call, { cwd, processes, signal, say }: Context, file: string | undefined): Promise<number> {
  const packed = await pack({ evidence: one, file: file === undefined ? undefined : resolve(cwd, file), cwd, processes, signal });
  if (isFailure(packed)) return finish(packed);
  if (packed.note !== undefined) say(packed.note);
  if (call.options['json'] === true) process.stdout.write(`${JSON.stringify(packed)}\n`);
  else process.stdout.write(`${packed.file}\n`);
  say(`${sizeWords(packed.bytes)}; what a command printed, and your settings, are in it: look before you send it`);
  return 0;
}
