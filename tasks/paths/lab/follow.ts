/** Lets the rates of paths follow their traces, from now on, as long as the peer runs. */
import { guestEnvironment } from '../../machine/guest/environment.ts';
import type { Guest } from '../../machine/guest/control.ts';
import { shapeProgram } from '../peer-script.ts';
import { packetsIn, rateLine, traceStepMs } from '../trace.ts';
import type { TracedQueue } from '../traced.ts';

/**
 * @param say gets what the peer refuses: its kernel has no tbf, say
 * @returns what ends it
 */
export function followTraces(guest: Pick<Guest, 'start'>, queues: readonly TracedQueue[], say: (line: string) => void): () => void {
  if (queues.length === 0) return () => undefined;
  let refused = false;
  const session = guest.start({ argv: shapeProgram, cwd: '/', env: guestEnvironment(process.env, [], '/') }, (_stream, chunk, taken) => {
    if (!refused) say(`the rate does not follow its trace: ${chunk.toString().trim()}`);
    refused = true;
    taken();
  });
  const set = new Map<string, string>();
  const beganMs = performance.now();
  const step = () => {
    // One that is late sets the rate of the time that it is, and makes nothing up.
    const now = Math.floor((performance.now() - beganMs) / traceStepMs) * traceStepMs;
    const lines = queues.flatMap(({ device, trace, limit }) => {
      const packets = packetsIn(trace, now, now + traceStepMs);
      const line = rateLine(device, packets, limit);
      // Nothing stays nothing: no bucket is filled for it.
      if (packets === 0 && set.get(device) === line) return [];
      set.set(device, line);
      return [line];
    });
    if (lines.length > 0) void session.write(Buffer.from(`${lines.join('\n')}\n`));
  };
  step();
  const timer = setInterval(step, traceStepMs);
  return () => clearInterval(timer);
}
