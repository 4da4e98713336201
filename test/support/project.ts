import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Kloop's own directory. */
export const projectDir = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
