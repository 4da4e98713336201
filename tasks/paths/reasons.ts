/** What can go wrong with paths. */
import { failuresOf } from '../report/failure.ts';
import { nearest } from '../text/nearest.ts';

type PathReason =
  | { reason: 'unknown-profile'; name: string; known: readonly string[] }
  | { reason: 'bad-profile'; path: string; wrong: string }
  | { reason: 'bad-change'; where: string; wrong: string }
  | { reason: 'too-many-paths'; asked: number; most: number };

export const pathFailure = failuresOf<PathReason>({
  'unknown-profile': (d) => {
    const meant = nearest(d.name, d.known);
    return {
      what: `there is no path profile '${d.name}'`,
      why: [`Profiles: ${d.known.join(', ')}`, 'One of your own is a file paths/NAME.path beside your settings.'],
      fix: [`npm run vm -- --path ${meant ?? 'wifi'}`],
    };
  },
  'bad-profile': (d) => ({ what: `the path profile ${d.path} cannot be read`, why: [d.wrong] }),
  'bad-change': (d) => ({ what: `${d.where}: ${d.wrong}`, fix: ['npm run vm -- --path lte:delay=80ms,up-loss=1%'] }),
  'too-many-paths': (d) => ({ what: `a VM can have at most ${d.most} paths, not ${d.asked}` }),
});
