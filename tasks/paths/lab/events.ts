/** What was changed on a lab's paths, and when: a line each in a file beside their sockets, by whichever kloop does it. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { textOf } from '../../host/files.ts';
import type { PathEvent } from '../timeline.ts';

const fileIn = (dir: string) => join(dir, 'events.jsonl');

/** That it is not kept changes nothing about the path. */
export function addEvent(dir: string, event: PathEvent): void {
  try {
    appendFileSync(fileIn(dir), `${JSON.stringify(event)}\n`, { mode: 0o600 });
  } catch {
    // A full disk, or the lab has just ended.
  }
}

/** In their order. */
export const readEvents = (dir: string): PathEvent[] => (textOf(fileIn(dir)) ?? '').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as PathEvent);
