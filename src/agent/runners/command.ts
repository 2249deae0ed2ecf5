import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import process from 'node:process';
import type { AgentRequest, StepError } from '../../ports/agent-request.ts';
import type { ProcessGroups } from '../../ports/process-groups.ts';
import type { AgentDefinition } from '../definition.ts';
import { cannotStart, endedBySignal, exitedWith, outputTooLarge } from '../failures.ts';
import { identifyGroup, isStopped, MARKER_VARIABLE } from '../process-tree.ts';
import type { Runner, RunningAttempt, RunOutcome } from '../runner.ts';
import { type AgentProcess, type ProgramEnd, startProcess } from './agent-process.ts';
import { type AnswerReader, createAnswerReader } from './answer-reader.ts';
import { agentEnvironment, type Environment } from './environment.ts';

/** A killed process is gone at once, unless the kernel itself waits for a device. */
const KILL_ALLOWANCE_MS = 5000;

/** Lines of stderr that a failure shows. */
const LAST_LINES = 5;

export interface CommandSurroundings {
  readonly environment: Environment;
  /** From SIGTERM to SIGKILL. */
  readonly cancelGraceMs: number;
  /** The most that is read of one answer. */
  readonly outputLimitBytes: number;
  readonly processGroups: ProcessGroups | undefined;
}

/** Runs a program per attempt: the request on stdin, the answer on stdout, the log on stderr. */
export function commandRunner(definition: AgentDefinition, surroundings: CommandSurroundings): Runner {
  const { environment, cancelGraceMs, outputLimitBytes } = surroundings;
  const passedOn = agentEnvironment(environment, definition.env);
  return {
    abandonAfterMs: cancelGraceMs + KILL_ALLOWANCE_MS,
    async run(request, attempt) {
      const cwd = request.workspace ?? process.cwd();
      const answer = createAnswerReader(definition.output, {
        cwd,
        limitBytes: outputLimitBytes,
        onProgress: (news) => attempt.progress(news),
      });
      const command = resolveCommand(definition);
      const running = startAgent({
        command,
        cwd,
        environment: passedOn,
        request,
        attempt,
        answer,
        surroundings,
      });
      attempt.signal.addEventListener('abort', running.end, { once: true });
      if (attempt.signal.aborted) running.end();
      const end = await running.ended;
      surroundings.processGroups?.remove(request);
      return readEnd({
        end,
        answer,
        lastLines: attempt.lastLines(LAST_LINES),
        command,
        cwd,
        outputLimitBytes,
      });
    },
  };
}

/** Elements that begin with `./` or `../` start at the agent file's folder; `node` is the Node.js that runs the host. */
export function resolveCommand({
  command = [],
  directory,
}: Pick<AgentDefinition, 'command' | 'directory'>): string[] {
  return command.map((element, index) => {
    if (index === 0 && element === 'node') return process.execPath;
    return /^\.\.?[\\/]/.test(element) ? resolve(directory, element) : element;
  });
}

function startAgent(run: {
  command: readonly string[];
  cwd: string;
  environment: Readonly<Record<string, string>>;
  request: AgentRequest;
  attempt: RunningAttempt;
  answer: AnswerReader;
  surroundings: CommandSurroundings;
}): AgentProcess {
  const { request, attempt, answer, surroundings } = run;
  const { execution, step } = request;
  const [program = '', ...args] = run.command;
  let unwatch: (() => void) | undefined;
  const running = startProcess({
    program,
    args,
    cwd: run.cwd,
    environment: {
      ...run.environment,
      TROUPE_EXECUTION: execution,
      TROUPE_STEP: step,
      TROUPE_ATTEMPT: String(request.attempt),
      ...(request.traceparent === undefined ? {} : { TRACEPARENT: request.traceparent }),
      [MARKER_VARIABLE]: attempt.marker,
    },
    input: `${JSON.stringify(request)}\n`,
    marker: attempt.marker,
    graceMs: surroundings.cancelGraceMs,
    onStart: (pid) => {
      surroundings.processGroups?.add({ execution, step, attempt: request.attempt, ...identifyGroup(pid) });
      unwatch = attempt.watch((seen) => {
        // One that is gone is not silent: that it has ended is about to be heard.
        if (!isStopped(pid)) seen();
      });
    },
    onExit: () => unwatch?.(),
    onStdout: (chunk) => {
      attempt.heard();
      answer.write(chunk);
      if (answer.isTooLarge) running.end();
    },
    onStderr: (chunk) => attempt.log(chunk),
  });
  return running;
}

/** What the program said and how it ended, as an outcome. A failure that the agent explains itself comes first. */
function readEnd({
  end,
  answer,
  lastLines,
  command,
  cwd,
  outputLimitBytes,
}: {
  end: ProgramEnd;
  answer: AnswerReader;
  lastLines: string;
  command: readonly string[];
  cwd: string;
  outputLimitBytes: number;
}): RunOutcome | Promise<RunOutcome> {
  if (end.kind === 'unstarted') return failed(startFailure(end.code, end.why, command, cwd));
  if (answer.isTooLarge) return failed(outputTooLarge('an answer', outputLimitBytes));
  const explained = answer.explainedFailure();
  if (explained !== undefined) return explained;
  if (end.kind === 'signalled') return failed(endedBySignal(end.signal, lastLines));
  if (end.exitCode !== 0) return failed(exitedWith(end.exitCode, lastLines));
  return answer.finish();
}

function startFailure(code: string, why: string, [program = '']: readonly string[], cwd: string): StepError {
  if (!existsSync(cwd)) return cannotStart(program, `the working directory ${cwd} does not exist`, undefined);
  switch (code) {
    case 'ENOENT':
      return cannotStart(
        program,
        'there is no such program',
        'Install it, or correct `command` in the agent file; paths that begin with ./ start at that file.',
      );
    case 'EACCES':
      return cannotStart(program, 'it may not be executed', `Make it executable: chmod +x ${program}`);
    case 'EAGAIN':
    case 'EMFILE':
    case 'ENFILE':
    case 'ENOMEM':
      return cannotStart(
        program,
        `the system is out of resources (${code})`,
        'Lower the concurrency of agents.',
        true,
      );
    default:
      return cannotStart(program, `${why} (${code})`, undefined);
  }
}

function failed(error: StepError): RunOutcome {
  return { kind: 'failed', error };
}
