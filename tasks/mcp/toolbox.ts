/** What the tools do. Nothing here knows the protocol. */
import { formatFailure, isFailure, type Failure, type Result } from '../report/failure.ts';
import { buildLine, checkLine, doctorLine, evidenceLine, evidenceTextLine, planLine, runLine, type BuildInput, type CheckInput, type EvidenceInput, type Line, type PlanInput, type RunInput } from './command-lines.ts';
import { hostChanges, type PlanRow } from './host-changes.ts';
import { runKloop, type Kloop, type ToolCall } from './kloop-run.ts';
import { logTail } from './log.ts';
import { mcpFailure } from './reasons.ts';
import { buildResult, checkResult, doctorResult, evidenceResult, evidenceTextResult, failedResult, jsonOf, planResult, runResult, type Ran, type ToolResult } from './results.ts';

interface LogInput {
  readonly of?: string | undefined;
  readonly lines?: number | undefined;
}

export interface ToolboxOptions extends Kloop {
  /** Where this tree's logs are; asked for at each call, for its settings may change. */
  readonly stateDir: () => Result<string>;
  /** Names commands as the reader types them. */
  readonly asTyped: (text: string) => string;
}

type Tool<Input> = (input: Input, call: ToolCall) => Promise<ToolResult>;

interface Toolbox {
  readonly plan: Tool<PlanInput>;
  readonly build: Tool<BuildInput>;
  readonly run: Tool<RunInput>;
  readonly check: Tool<CheckInput>;
  readonly log: Tool<LogInput>;
  readonly evidence: Tool<EvidenceInput>;
  readonly doctor: Tool<unknown>;
}

/** Lines of a log that are shown, where nobody says how many. */
const logLines = 100;

export function makeToolbox(options: ToolboxOptions): Toolbox {
  const refused = (failure: Failure): ToolResult => ({ text: options.asTyped(formatFailure(failure)), failed: true });

  /** `read` gives undefined where the run printed nothing that can be read. */
  const told = async (line: Line, call: ToolCall, read: (ran: Ran) => ToolResult | undefined): Promise<ToolResult> => {
    const ran = await runKloop(options, line, call);
    return isFailure(ran) ? refused(ran) : read(ran) ?? unread(ran, line);
  };

  const unread = (ran: Ran, { words }: Line): ToolResult =>
    ran.exit === 0 ? refused(mcpFailure({ reason: 'not-json', command: `kloop ${words.join(' ')}` })) : failedResult(ran);

  /** What a person would have to allow is told instead of done: a plan says what it would be. */
  const unlessHostChanges = async (line: Line, call: ToolCall, { ownKernel, read }: { readonly ownKernel: boolean; readonly read: (ran: Ran) => ToolResult }): Promise<ToolResult> => {
    const planned = await runKloop(options, planLine({}), call);
    if (isFailure(planned)) return refused(planned);
    const rows = jsonOf<readonly PlanRow[]>(planned.stdout);
    if (rows === undefined) return unread(planned, planLine({}));
    const changes = hostChanges(rows, { ownKernel });
    return changes.length > 0 ? refused(mcpFailure({ reason: 'host-change', changes })) : told(line, call, read);
  };

  return {
    plan: (input, call) => told(planLine(input), call, planResult),
    build: (input, call) => unlessHostChanges(buildLine(input), call, { ownKernel: false, read: buildResult }),
    run: (input, call) => unlessHostChanges(runLine(input), call, { ownKernel: input.kernel !== undefined, read: runResult }),
    check: (input, call) => unlessHostChanges(checkLine(input), call, { ownKernel: input.kernel !== undefined, read: checkResult }),
    evidence: ({ name }, call) => (name === undefined
      ? told(evidenceLine, call, evidenceResult)
      : told(evidenceTextLine(name), call, (ran) => (ran.exit === 0 ? evidenceTextResult(ran) : undefined))),
    doctor: (_, call) => told(doctorLine, call, doctorResult),
    log: ({ of, lines = logLines }) => Promise.resolve(readLog(options, of, lines, refused)),
  };
}

function readLog({ stateDir }: ToolboxOptions, of: string | undefined, lines: number, refused: (failure: Failure) => ToolResult): ToolResult {
  const dir = stateDir();
  if (isFailure(dir)) return refused(dir);
  const found = logTail(dir, of, lines);
  if (isFailure(found)) return refused(found);
  return { structured: { ...found }, text: `${found.of}: ${found.path}, ${found.bytes} bytes\n\n${found.text}`, failed: false };
}
