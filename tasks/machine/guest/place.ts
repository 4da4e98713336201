import { join } from 'node:path';

/** Where the guest's init is, once it is compiled. */
export const guestInit = (stateDir: string): string => join(stateDir, 'guest', 'init');
