/**
 * kloop's texts name its commands as npm has them: `npm run vm -- --net`. Who
 * started `kloop` itself reads `kloop vm --net` instead. All that kloop says
 * goes through here on its way out; what the guest prints does not.
 */
import { basename } from 'node:path';

/** A text for whoever reads it, by the name that kloop was started by: a package's program is a link `kloop`. */
export function asTyped(text: string, program = process.argv[1] ?? ''): string {
  return basename(program) === 'kloop' ? byName(text) : text;
}

/** The same with kloop called by its name. Where its defaults are described, a package has a manual page. */
export function byName(text: string): string {
  return text
    .replaceAll(/\bnpm run (?:-s )?([a-z]+|COMMAND)\b(?: --(?=[\s`'"]|$))?/g, 'kloop $1')
    .replaceAll(/\bnpx kloop\b/g, 'kloop')
    .replaceAll(/\bless config\/defaults\.env\b/g, 'man kloop')
    .replaceAll(/\bconfig\/defaults\.env\b/g, 'man kloop');
}
