/** A process of its own that brings the target `source` up: what a test kills. Takes a directory, and settings as JSON. */
import { Processes } from '../../tasks/host/processes/process.ts';
import { sourceTarget } from '../../tasks/targets/source.ts';
import { bringUpOne, settingsIn } from '../support/little-kernel.ts';

const settings = settingsIn(process.argv[2] ?? '', JSON.parse(process.argv[3] ?? '{}') as Record<string, string>);
const told = await bringUpOne(sourceTarget({ settings, processes: new Processes(), needs: [] }), settings);
process.stdout.write([...told.lines, told.words].join('\n'));
