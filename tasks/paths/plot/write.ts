/** Writes the timeline to a file. */
import { extname } from 'node:path';
import { writeWhole } from '../../host/files.ts';
import type { Result } from '../../report/failure.ts';
import { pageOf } from './page.ts';
import { timelineSvg, type Timeline } from './timeline-svg.ts';

/** What `--plot` can write, by the file's name. */
export function writePlot(path: string, timeline: Timeline, text: readonly string[]): Result<unknown> {
  const svg = timelineSvg(timeline);
  return writeWhole(path, extname(path) === '.html' ? pageOf({ title: `Over the path${timeline.paths.length === 1 ? '' : 's'} ${timeline.paths.join(', ')}`, svg, text }) : svg, 0o644);
}
