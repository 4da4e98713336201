import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Kloop's own folder. */
export const projectDir = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
