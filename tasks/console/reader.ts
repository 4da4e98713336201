/**
 * The kernel's complaints on a console, each from its first line to its end.
 * Pure.
 *
 * With PRINTK_CALLER each task and each processor has a stream of lines of its
 * own; without, all lines are one stream, and what does not look like a part of
 * a report is left out of it as far as that can be told.
 */
import { isBodyLine, isMemoryLine } from './body.ts';
import { frameOf } from './frames.ts';
import { parseLine, plainText, type ConsoleLine } from './line.ts';
import { isConsequence, isCut, isEndMark, isList, isRefcount, isRule, mayBegin, openerOf, type Ending, type Opener } from './openers.ts';
import type { Frame, Splat, SplatKind } from './splat.ts';
import { titleOf } from './title.ts';

interface SplatReader {
  /** Takes more of the console, cut anywhere. @returns the splats that it completes */
  push(text: string): readonly Splat[];
  /** The console has ended, or is not waited for any longer. @returns those that were not complete */
  end(): readonly Splat[];
}

/** A report that goes on. */
interface Open {
  readonly kind: SplatKind;
  ending: Ending;
  readonly header: string;
  readonly lines: string[];
  /** Lines that belong to it if one comes that surely does. */
  maybe: string[];
  readonly frames: Frame[];
  /** Whether its trace has a heading yet, and a line below that. */
  headed: boolean;
  traced: boolean;
  /** "stack backtrace:" was said. */
  backtrace: boolean;
  /** Lines of others since its last own one. */
  foreign: number;
  closed: boolean;
  cpu: number | undefined;
  pid: number | undefined;
  readonly time: number | undefined;
  lastTime: number | undefined;
  readonly place: number;
}

interface Stream {
  readonly caller: string | undefined;
  /** The one that lines go to is the last. */
  open: Open[];
  /** Lines that come before a report's first one. */
  preface: string[];
}

/** No report is longer; of one that is the rest is left out. */
const mostLines = 1500;
/** A line, or what has none, is not kept beyond this. Characters. */
const longestLine = 8192;
/** A report whose next line is later than this was cut off. Seconds. */
const longestGap = 5;
/** So many lines of others in a row, and a report that has no end of its own has ended. */
const patience = { begun: 12, traced: 3 } as const;

const crashes: ReadonlySet<SplatKind> = new Set(['bug', 'list', 'oops', 'general-protection']);

export function splatReader(): SplatReader {
  const streams = new Map<string, Stream>();
  let rest = '';
  let begun = 0;
  let done: Splat[] = [];

  function close(open: Open): void {
    if (open.closed) return;
    open.closed = true;
    for (const stream of streams.values()) stream.open = stream.open.filter((one) => one !== open);
    done.push(splatFrom(open));
  }

  function read(line: ConsoleLine): void {
    const key = line.caller ?? '';
    let stream = streams.get(key);
    if (stream === undefined) {
      stream = { caller: line.caller, open: [], preface: [] };
      streams.set(key, stream);
    }
    for (const open of stream.open) {
      if (line.time !== undefined && open.lastTime !== undefined && line.time - open.lastTime > longestGap) close(open);
    }
    take(stream, line);
    if (stream.open.length === 0 && stream.preface.length === 0) streams.delete(key);
  }

  function take(stream: Stream, line: ConsoleLine): void {
    const { text } = line;
    const opener = openerOf(text);
    if (opener !== undefined) return begin(stream, line, opener);
    if (isCut(text) || (isRule(text) && stream.open.at(-1)?.ending !== 'rule') || isList(text) || isRefcount(text)) {
      // A refcount's message comes after the cut; a list's before it or after.
      const goesOn = stream.preface.length > 0 && !isCut(text) && !isRule(text) || isCut(text) && stream.preface.some(isList);
      stream.preface = [...(goesOn ? stream.preface : []), text];
      return;
    }
    if (text.includes('NMI backtrace for cpu ') && stream.open.length === 0) joinAsked(stream);
    const open = addressee(stream, text);
    if (stream.preface.length > 0 && prefaces(stream, text, open)) return;
    if (open !== undefined) offer(stream, open, line);
  }

  /** Whether the line stands between what announces a report and its first line. */
  function prefaces(stream: Stream, text: string, open: Open | undefined): boolean {
    const cut = stream.preface.some(isCut) || stream.preface.some(isList);
    const isPart = open !== undefined && stream.caller === undefined && isBodyLine(text);
    if (cut && !isPart && stream.preface.length < 20) {
      stream.preface.push(text);
      return true;
    }
    // Below a rule the title comes at once.
    if (!isPart && text.trim() !== '') stream.preface = [];
    return false;
  }

  /** Processors that were sent an NMI speak as themselves: their traces belong to the report that asked. */
  function joinAsked(stream: Stream): void {
    const asking = [...streams.values()].flatMap((other) => other.open).find((open) => open.lines.some((said) => said.includes('Sending NMI')));
    if (asking === undefined || stream.caller === undefined) return;
    stream.open = [asking];
  }

  /** Of several reports in one stream, the one whose processor the line names; else the one that spoke last. */
  function addressee(stream: Stream, text: string): Open | undefined {
    const last = stream.open.at(-1);
    if (last === undefined || stream.open.length === 1) return last;
    const cpu = cpuOf(text)?.cpu;
    const named = cpu === undefined || last.cpu === cpu ? undefined : stream.open.find((open) => open.cpu === cpu);
    if (named === undefined) return last;
    stream.open = [...stream.open.filter((open) => open !== named), named];
    return named;
  }

  function begin(stream: Stream, line: ConsoleLine, opener: Opener): void {
    const { text } = line;
    const last = stream.open.at(-1);
    if (last !== undefined) {
      // "Oops: 0002 [#1]" after "BUG: …", "invalid opcode" after "kernel BUG at".
      const goesOn = last.ending === 'mark' && crashes.has(last.kind) && / \[#\d+\]/.test(text) && !last.lines.some((said) => / \[#\d+\]/.test(said));
      if (goesOn) return add(last, line);
      if (opener.kind === 'panic' && isConsequence(text)) {
        last.ending = 'panic';
        return add(last, line);
      }
      if (last.traced || stream.caller !== undefined || last.ending === 'line') close(last);
    }
    if (opener.kind === 'panic' && isConsequence(text) && begun > 0) return;
    const kind = opener.ending === 'mark' && stream.preface.some(isRefcount) ? 'refcount'
      : opener.ending === 'mark' && stream.preface.some(isList) ? 'list' : opener.kind;
    const preface = stream.preface;
    stream.preface = [];
    const cpu = Number(/CPU[#:] ?(\d+)|\bcpu (\d+)$/.exec(text)?.slice(1).find((one) => one !== undefined) ?? (stream.caller?.startsWith('C') ? stream.caller.slice(1) : Number.NaN));
    const pid = Number(/PID: (\d+)|\[.*:(\d+)\]$|task .+:(\d+) |, .+\/(\d+)$|(?:atomic|section|code): .+?\/(\d+)/.exec(text)?.slice(1).find((one) => one !== undefined)
      ?? (stream.caller?.startsWith('T') ? stream.caller.slice(1) : Number.NaN));
    const open: Open = {
      kind, ending: opener.ending, header: text, lines: [], maybe: [], frames: [],
      headed: false, traced: false, backtrace: false, foreign: 0, closed: false,
      cpu: Number.isNaN(cpu) ? undefined : cpu, pid: Number.isNaN(pid) ? undefined : pid,
      time: line.time, lastTime: line.time, place: begun++,
    };
    for (const before of preface) add(open, { text: before });
    add(open, line);
    if (opener.ending === 'line') {
      open.closed = true;
      done.push(splatFrom(open));
      return;
    }
    stream.open.push(open);
  }

  function offer(stream: Stream, open: Open, line: ConsoleLine): void {
    const { text } = line;
    const alone = stream.caller !== undefined;
    const isBody = isBodyLine(text) || text === '' || open.kind === 'page-allocation' && isMemoryLine(text);
    switch (open.ending) {
      case 'rule':
        add(open, line);
        if (isRule(text) || isEndMark(text)) close(open);
        return;
      case 'mark': case 'panic': {
        const isEnd = isEndMark(text) || open.ending === 'panic' && /^(?:Rebooting in |reboot: )/.test(text);
        // Before the processor is named come a message and the modules.
        if (isBody || isEnd || alone || !open.headed && open.lines.length < 40) add(open, line);
        else if (++open.foreign > patience.begun * 3) close(open);
        if (isEnd) close(open);
        return;
      }
      case 'kill':
        add(open, line);
        if (/[Kk]illed process \d+/.test(text)) close(open);
        return;
      case 'line': return close(open);
      case 'lock': case 'trace': case 'traces': {
        if (isBody || open.ending === 'lock' && !open.backtrace) {
          add(open, line);
          if (text === ' </TASK>' && open.traced && open.ending !== 'traces') close(open);
          return;
        }
        if (!open.traced) {
          // Kept in case a trace follows.
          open.maybe.push(text);
          if (open.maybe.length > (open.kind === 'slab' || open.kind === 'kmemleak' ? 100 : patience.begun)) close(open);
          return;
        }
        if (alone && isShared(stream, open)) stream.open = stream.open.filter((one) => one !== open);
        else if (alone || ++open.foreign >= patience.traced) close(open);
      }
    }
  }

  /** It was begun by another stream, and this one only adds to it. */
  function isShared(stream: Stream, open: Open): boolean {
    return [...streams.values()].some((other) => other !== stream && other.open.includes(open));
  }

  function add(open: Open, { text, time }: ConsoleLine): void {
    if (open.lines.length >= mostLines) return;
    for (const before of open.maybe.splice(0)) addText(open, before);
    addText(open, text);
    open.foreign = 0;
    open.lastTime = time ?? open.lastTime;
    const named = cpuOf(text);
    if (named === undefined) return;
    if (open.ending !== 'traces' || open.pid === undefined) open.pid ??= named.pid;
    open.cpu ??= named.cpu;
  }

  return {
    push: (text) => {
      done = [];
      const whole = rest + text;
      const lines = whole.split('\n');
      rest = (lines.pop() ?? '').slice(0, longestLine);
      for (const line of lines) {
        // Most of a console: nothing goes on, and nothing begins.
        if (streams.size === 0 && !mayBegin(line)) continue;
        for (const parsed of parseLine(plainText(line.length > longestLine ? line.slice(0, longestLine) : line))) read(parsed);
      }
      return done;
    },
    end: () => {
      done = [];
      if (rest !== '') for (const parsed of parseLine(plainText(rest))) read(parsed);
      rest = '';
      const left = new Set([...streams.values()].flatMap((stream) => stream.open));
      for (const open of [...left].sort((a, b) => a.place - b.place)) close(open);
      streams.clear();
      return done;
    },
  };
}

function addText(open: Open, text: string): void {
  open.lines.push(text);
  if (/^stack backtrace:/.test(text)) open.backtrace = true;
  if (/^CPU: \d|Call Trace:|^\s*backtrace/.test(text) && (open.ending !== 'lock' || open.backtrace)) open.headed = true;
  const frame = frameOf(text, open.lines.length - 1);
  if (frame === undefined) return;
  open.frames.push(frame);
  if (open.headed && !frame.exact) open.traced = true;
}

/** "CPU: 1 PID: 33 Comm: sh", from 6.11 on with the user before the process. */
function cpuOf(text: string): { readonly cpu: number; readonly pid: number } | undefined {
  const match = text.startsWith('CPU: ') ? /^CPU: (\d+) (?:UID: \d+ )?PID: (\d+)/.exec(text) : null;
  return match === null ? undefined : { cpu: Number(match[1]), pid: Number(match[2]) };
}

function splatFrom(open: Open): Splat {
  while (open.lines.at(-1)?.trim() === '') open.lines.pop();
  return {
    kind: open.kind,
    title: titleOf(open),
    lines: open.lines,
    frames: open.frames,
    ...(open.cpu === undefined ? {} : { cpu: open.cpu }),
    ...(open.pid === undefined ? {} : { pid: open.pid }),
    ...(open.time === undefined ? {} : { time: open.time }),
  };
}

/** All splats of a whole console. */
export function splatsOf(lines: readonly string[]): Splat[] {
  const reader = splatReader();
  return [...reader.push(`${lines.join('\n')}\n`), ...reader.end()];
}
