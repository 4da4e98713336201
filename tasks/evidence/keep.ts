/** Gathers all that tells what went wrong, and keeps it. */
import { release } from 'node:os';
import { sharedStateDir, type Settings } from '../../config/settings.ts';
import { splatWords } from '../console/words.ts';
import { placeOf } from '../decode/decoder.ts';
import { fileFailure } from '../host/files.ts';
import { ownVersion } from '../host/own-version.ts';
import type { Processes } from '../host/processes/process.ts';
import { thisDistribution } from '../host/tools.ts';
import { isFailure, type Result } from '../report/failure.ts';
import { interruption } from '../report/interrupted.ts';
import { captureParts } from './gather/captures.ts';
import { configFound } from './gather/config.ts';
import { consoleParts } from './gather/consoles.ts';
import type { Facts } from './gather/facts.ts';
import type { Incident } from './incident.ts';
import { kernelFacts } from './gather/kernel.ts';
import { isKept, type Part } from './gather/parts.ts';
import { readme } from './readme.ts';
import { evidenceFailure } from './reasons.ts';
import { recordName, recordOf } from './record.ts';
import { settingsSet, settingsText } from './settings-text.ts';
import type { Run } from './gather/run.ts';
import { sourceFacts } from './gather/source.ts';
import { begin } from './store.ts';
import { vmFacts } from './gather/vm.ts';

interface KeepOptions {
  readonly settings: Settings;
  readonly processes: Pick<Processes, 'run'>;
  /** What has not been gathered by then is left out. */
  readonly signal: AbortSignal;
}

/** What takes longer is left out. Ms. */
const mostMs = 15_000;

/**
 * Keeps it, and says where in a line. Never a failure: what went wrong counts,
 * not that it could not be kept.
 *
 * @returns the directory; `undefined` where it could not be kept
 */
export async function keepEvidence(incident: Incident, options: KeepOptions & { readonly say: (line: string) => void }): Promise<string | undefined> {
  const kept = await keep(incident, options);
  incident.opened.close();
  options.say(isFailure(kept) ? `no evidence is kept: ${kept.words.what}` : `evidence is kept in ${kept} (npm run evidence -- show)`);
  return isFailure(kept) ? undefined : kept;
}

/** @returns the directory; or a file's error */
async function keep(incident: Incident, { settings, processes, signal: stop }: KeepOptions): Promise<Result<string>> {
  const unfinished = begin(sharedStateDir(settings), incident.atMs);
  if (isFailure(unfinished)) return unfinished;
  try {
    const facts = await factsOf(incident, { settings, run: inTime(processes, stop), scratch: unfinished.dir });
    const files = [
      ...facts.parts.filter(isKept),
      { name: 'README.md', data: readme(incident, facts) },
      { name: recordName, data: `${JSON.stringify(recordOf(incident, facts), null, 2)}\n` },
    ];
    return unfinished.finish(files, { coreBytes: settings.vmCoreBytes });
  } catch (error) {
    // Even a fault of ours must not take the verdict's place.
    unfinished.discard();
    return fileFailure('gathering it', unfinished.dir, error);
  }
}

/** Runs what gathers, until a person or the time ends it. */
function inTime(processes: Pick<Processes, 'run'>, stop: AbortSignal): Run {
  const late = AbortSignal.timeout(mostMs);
  const signal = AbortSignal.any([stop, late]);
  return async (command) => {
    const ended = await processes.run({ ...command, signal });
    return interruption.is(ended, 'interrupted') ? evidenceFailure({ reason: 'not-gathered', why: stop.aborted ? 'asked' : 'time' }) : ended;
  };
}

type Asked = Pick<KeepOptions, 'settings'> & { readonly run: Run; readonly scratch: string };

async function factsOf(incident: Incident, { settings, run, scratch }: Asked): Promise<Facts> {
  const { booted, splats, decoded } = incident;
  const [kernel, source, vm, config] = await Promise.all([
    kernelFacts(incident.opened, run),
    sourceFacts({ tree: placeOf(settings, booted)?.tree, builtMs: booted.state?.mtimeMs ?? Infinity, scratch, run }),
    vmFacts(incident.request, { stateDir: settings.stateDir, run }),
    configFound(settings, booted, run),
  ]);
  const reports: Part[] = splats.length === 0 ? [] : [{ name: 'splats.txt', what: "the kernel's reports, with their source lines", data: splatWords(splats, decoded) }];
  return {
    kloop: ownVersion(settings.projectDir), host: `${thisDistribution().name}, Linux ${release()}`,
    kernel: kernel.facts, source: source.facts, config: config.difference, vm, settings: settingsSet(settings.given),
    parts: [
      ...reports, ...consoleParts(incident.consoles), ...captureParts(incident.request),
      ...incident.outputs.map(({ name, of, text }): Part => ({ name, what: `what ${of} printed`, data: text.data, leftOut: text.dropped === 0 ? undefined : `${text.dropped} bytes are left out` })),
      source.part, ...config.parts, kernel.part,
      { name: 'settings.env', what: "kloop's settings", data: settingsText(settings.given) },
    ],
  };
}
