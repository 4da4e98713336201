/** Where the guest's programs are, below STATE_DIR. Pure. */
import { join } from 'node:path';

/** Where the guest's init is, once it is compiled. */
export const guestInit = (stateDir: string): string => join(stateDir, 'guest', 'init');

/** The program that starts QEMU and serves the guest the host's files, where they come by FUSE. */
export const filesServer = (stateDir: string): string => join(stateDir, 'guest', 'files-serve');

/** The program that starts QEMU and serves the guest a directory to write to, where that comes by FUSE. */
export const shareServer = (stateDir: string): string => join(stateDir, 'guest', 'share-serve');

/** Loaded into a command of the guest (LD_PRELOAD), it makes Multipath TCP of its TCP. */
export const mptcpPreload = (stateDir: string): string => join(stateDir, 'guest', 'mptcp.so');
