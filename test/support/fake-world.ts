/** A world for the graph without a disk or a process: files with hand-set times, and a clock that ticks when told. */
import type { RunEvent } from '../../tasks/graph/event.ts';
import type { World } from '../../tasks/graph/execute.ts';
import { judge } from '../../tasks/graph/freshness.ts';
import type { Made, Target, TargetRecord, Work } from '../../tasks/graph/target.ts';
import type { FileState, Look } from '../../tasks/host/files.ts';
import type { Fingerprint } from '../../tasks/host/fingerprint.ts';
import type { Result } from '../../tasks/report/failure.ts';

interface FakeTarget {
  readonly name: string;
  readonly needs?: readonly string[];
  readonly inputs?: readonly string[];
  /** Default: the target's name is its output. */
  readonly output?: string;
  readonly recipe?: string;
  /** What making it does, beside giving its output the present time. */
  readonly make?: (work: Work) => Promise<Result<Made>> | Result<Made>;
}

export class FakeWorld implements World {
  readonly files = new Map<string, number>();
  /** What is in them, where that matters. */
  readonly contents = new Map<string, string>();
  readonly kept = new Map<string, TargetRecord>();
  readonly events: RunEvent[] = [];
  readonly held = new Map<string, { holder: string; released: Promise<void> }>();
  time = 100;

  readonly records = {
    read: (name: string, key: string) => this.kept.get(`${name}:${key}`),
    write: (name: string, key: string, record: TargetRecord): undefined => {
      this.kept.set(`${name}:${key}`, record);
    },
  };

  tick(): number {
    return ++this.time;
  }

  now(): number {
    return this.time;
  }

  fileClock(): number {
    return this.tick();
  }

  save(...paths: string[]): void {
    for (const path of paths) this.files.set(path, this.tick());
  }

  /** Remembers, as the real one does. */
  look(): Look {
    const seen = new Map<string, FileState | undefined>();
    return (path) => {
      const mtimeMs = this.files.get(path);
      if (!seen.has(path)) seen.set(path, mtimeMs === undefined ? undefined : { mtimeMs, size: 0 });
      return seen.get(path);
    };
  }

  readonly fingerprint = (path: string): Fingerprint | undefined => {
    const mtimeMs = this.files.get(path);
    return mtimeMs === undefined ? undefined : { mtimeMs, size: 0, hash: this.contents.get(path) ?? '' };
  };

  async lock(name: string, onWait: (holder: string) => void): Promise<{ release(): Promise<void> }> {
    const other = this.held.get(name);
    if (other !== undefined) {
      onWait(other.holder);
      await other.released;
    }
    return { release: () => Promise.resolve() };
  }

  logFor(target: string): string {
    return `${target}.log`;
  }

  /** The kinds of the events, with their targets: 'started config'. */
  told(...kinds: RunEvent['kind'][]): string[] {
    return this.events.flatMap((event) => (event.kind !== 'planned' && kinds.includes(event.kind) ? [`${event.kind} ${event.target}`] : []));
  }

  targets(...fakes: FakeTarget[]): Map<string, Target> {
    return new Map(fakes.map((fake) => [fake.name, this.#target(fake)]));
  }

  #target(fake: FakeTarget): Target {
    const output = fake.output ?? fake.name;
    const recipe = fake.recipe ?? 'recipe';
    return {
      name: fake.name,
      title: fake.name,
      needs: fake.needs ?? [],
      key: () => output,
      outputs: () => [output],
      recipe: () => recipe,
      judge: (past, look) => Promise.resolve(judge({
        output: { path: output, stamp: look(output)?.mtimeMs ?? 'missing' },
        inputs: (fake.inputs ?? []).map((path) => ({ path, stamp: look(path)?.mtimeMs ?? 'missing' })),
        recipe,
        past,
        nowMs: this.time,
      })),
      run: async (work) => {
        const made = await (fake.make?.(work) ?? {});
        this.tick();
        if (!('detail' in made)) this.save(output);
        return made;
      },
    };
  }
}
