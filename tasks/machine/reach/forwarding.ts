/** What is to be forwarded, as it is typed: `8080:80`, and all that `ssh -L` takes. Pure. */
import { isIP } from 'node:net';
import type { Parsed } from '../../text/values.ts';

/** A port of TCP, or a unix socket. Without a host: at every address. */
export type Endpoint = { readonly host: string; readonly port: number } | { readonly path: string };

export interface Forwarding {
  /** On the host. Port 0: any that is free. */
  readonly from: Endpoint;
  /** In the guest, or what can be reached from there. */
  readonly to: Endpoint;
}

/** `localhost`: whichever of its addresses the guest has a server at. */
const guestHost = 'localhost';
const loopback = '127.0.0.1';

const expected = 'expected [ADDRESS:]PORT:PORT, PORT:ADDRESS:PORT, or the absolute path of a unix socket instead of either end';

/** An address in brackets is one word. */
const wordsOf = (text: string): string[] => text.split(/:(?![^[]*\])/);

/** The one end, by what it is called: a path, a port, or an address and a port. */
function endpoint(words: readonly string[], host: string, leastPort: number): Endpoint | undefined {
  const [first = '', second] = words;
  if (words.length === 1 && first.startsWith('/')) return { path: first };
  const port = second ?? first;
  if (words.length > 2 || !/^\d{1,5}$/.test(port) || Number(port) < leastPort || Number(port) > 65_535) return undefined;
  // getaddrinfo takes a number for an address.
  if (second !== undefined && /^\d+$/.test(first)) return undefined;
  return { host: second === undefined ? host : first.replace(/^\[(.*)\]$/, '$1'), port: Number(port) };
}

/** Which words are the host's: ports and paths are told apart from addresses by how they look. */
function hostWords([first = '', second = '', ...rest]: readonly string[]): number {
  if (rest.length === 2) return 2;
  if (rest.length === 0 || first.startsWith('/')) return 1;
  // PORT:ADDRESS:PORT as ssh has it, or ADDRESS:PORT:PORT.
  return /^\d+$/.test(first) && !/^\d+$/.test(second) ? 1 : 2;
}

export function parseForwarding(text: string): Parsed<Forwarding> {
  const words = wordsOf(text);
  if (words.length < 2 || words.length > 4) return { wrong: expected };
  const split = hostWords(words);
  const from = endpoint(words.slice(0, split), loopback, 0);
  const to = endpoint(words.slice(split), guestHost, 1);
  if (from === undefined || to === undefined) return { wrong: expected };
  return 'host' in to ? withAddress(from, to) : { value: { from: everywhere(from), to } };
}

/** What is told to the guest, which resolves no names. */
function withAddress(from: Endpoint, to: Extract<Endpoint, { host: string }>): Parsed<Forwarding> {
  if (to.host !== guestHost && isIP(to.host) === 0) return { wrong: `'${to.host}' is no address; names are not resolved in the guest` };
  return { value: { from: everywhere(from), to } };
}

/** As ssh has it: `*` before the colon, or nothing, is every address. */
const everywhere = (from: Endpoint): Endpoint => ('host' in from && from.host === '*' ? { ...from, host: '' } : from);

/** One end in the guest: `22`, `ADDRESS:PORT` or a path. */
function parseTarget(text: string): Parsed<Endpoint> {
  const parsed = parseForwarding(`0:${text}`);
  return 'wrong' in parsed ? { wrong: 'expected a port, ADDRESS:PORT, or the absolute path of a unix socket' } : { value: parsed.value.to };
}

/** What `forward` was given: a VM's name, which has no colon, where it begins with one; then what leads where. */
export function forwardingsOf([first = '', ...rest]: readonly string[]): Parsed<{ readonly vm: string | undefined; readonly all: readonly Forwarding[] }> {
  const vm = first.includes(':') ? undefined : first;
  const words = vm === undefined ? [first, ...rest] : rest;
  if (words.length === 0) return { wrong: 'forward needs what leads where' };
  const all: Forwarding[] = [];
  for (const word of words) {
    const parsed = parseForwarding(word);
    if ('wrong' in parsed) return { wrong: `${word}: ${parsed.wrong}` };
    all.push(parsed.value);
  }
  return { value: { vm, all } };
}

/** What `forward --stdio` was given: a VM's name, where there are two words, and what connects there. */
export function targetOf(words: readonly string[]): Parsed<{ readonly vm: string | undefined; readonly to: Endpoint }> {
  const [last] = words.slice(-1);
  if (last === undefined || words.length > 2) return { wrong: 'forward --stdio needs one port of the guest, or unix socket' };
  const parsed = parseTarget(last);
  return 'wrong' in parsed ? { wrong: `${last}: ${parsed.wrong}` } : { value: { vm: words.length === 2 ? words[0] : undefined, to: parsed.value } };
}

/** For a person. */
export const endpointWords = (end: Endpoint): string => ('path' in end ? end.path : end.host === guestHost ? `port ${end.port}` : `${isIP(end.host) === 6 ? `[${end.host}]` : end.host}:${end.port}`);
