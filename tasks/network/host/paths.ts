/** Where the host keeps what the bridge needs to know. A test gives directories of its own. */
export interface HostPaths {
  readonly etc: string;
  readonly run: string;
  readonly sys: string;
  readonly proc: string;
}

export const hostPaths: HostPaths = { etc: '/etc', run: '/run', sys: '/sys', proc: '/proc' };
