import type { Json } from '../json.ts';
import type { StepError } from '../ports/agent-request.ts';
import { formatDuration } from '../task/duration.ts';
import type { Silence } from './beats.ts';

/** The failures that the host itself finds, so that the same thing always reads the same. */

const MAX_SHOWN_VIOLATIONS = 20;

export interface Violation {
  readonly path: string;
  readonly message: string;
}

export function exitedWith(exitCode: number, lastLines: string): StepError {
  return {
    class: 'crash',
    message: `the program ended with exit code ${exitCode}${lastLine(lastLines)}`,
    details: { exitCode, ...(lastLines === '' ? {} : { stderr: lastLines }) },
  };
}

export function endedBySignal(signal: string, lastLines: string): StepError {
  return {
    class: 'crash',
    message: `the program was ended by ${signal}${lastLine(lastLines)}`,
    details: { signal, ...(lastLines === '' ? {} : { stderr: lastLines }) },
  };
}

/** `retryable` for a shortage (memory, file handles) that may pass. */
export function cannotStart(
  what: string,
  why: string,
  hint: string | undefined,
  retryable = false,
): StepError {
  return {
    class: retryable ? 'crash' : 'fatal',
    message: `cannot start ${what}: ${why}`,
    ...(hint === undefined ? {} : { details: { hint } }),
  };
}

export function timedOut(afterMs: number): StepError {
  return {
    class: 'timeout',
    message: `the attempt was stopped after ${Math.round(afterMs)} ms: its time was up`,
  };
}

/** A beat stopped for longer than the agent's file allows. */
export function wentSilent({ beat, silentMs, boundMs }: Silence): StepError {
  const seconds = Math.floor(silentMs / 1000) * 1000;
  const lasted = formatDuration(seconds === 0 ? silentMs : seconds);
  return {
    class: 'timeout',
    message: `${SILENCES[beat]} for ${lasted}: the attempt was stopped`,
    details: {
      beat,
      silentMs: Math.round(silentMs),
      boundMs,
      hint: `The agent's file allows ${formatDuration(boundMs)} (liveness.${beat}).`,
    },
  };
}

const SILENCES: Readonly<Record<Silence['beat'], string>> = {
  process: "no sign of life of the agent's process",
  progress: 'no sign of progress',
};

export function outputTooLarge(what: string, limitBytes: number): StepError {
  return {
    class: 'invalid-output',
    message: `${what} is larger than ${limitBytes / 1024 / 1024} MiB, the most that is read`,
    details: { hint: 'Write large content to a file and hand it over under "artifacts".', limitBytes },
  };
}

export function noOutput(): StepError {
  return {
    class: 'invalid-output',
    message: 'the program ended without an {"output": …} or {"error": …} line on stdout',
    details: {
      hint: 'Print one such line last, or set `output: json` or `output: text` in the agent file to use all of stdout.',
    },
  };
}

export function unreadableOutput(why: string, text: string): StepError {
  return { class: 'invalid-output', message: why, details: { stdout: text.slice(0, 500) } };
}

export function notJson(why: string): StepError {
  return { class: 'invalid-output', message: `the output is not JSON: ${why}` };
}

export function misfitsBallot(why: string): StepError {
  return { class: 'invalid-output', message: `the vote does not fit its ballot: ${why}` };
}

export function violatesSchema(violations: readonly Violation[]): StepError {
  const shown = violations.slice(0, MAX_SHOWN_VIOLATIONS).map(({ path, message }) => ({ path, message }));
  const first = shown[0];
  const more = violations.length > 1 ? ` (and ${violations.length - 1} more)` : '';
  return {
    class: 'invalid-output',
    message: `the output does not fit its schema: ${first?.path || 'the output'} ${first?.message ?? ''}${more}`,
    details: { violations: shown },
  };
}

export function badSchema(why: string): StepError {
  return { class: 'fatal', message: `the output schema of the step or agent is not valid: ${why}` };
}

export function badArtifact(name: string, why: string): StepError {
  return { class: 'invalid-output', message: `the artifact "${name}" cannot be read: ${why}` };
}

export function notStored(why: string): StepError {
  return { class: 'crash', message: `the output could not be stored: ${why}` };
}

export function inputNotRead(why: string): StepError {
  return { class: 'crash', message: `a large value of the request could not be read: ${why}` };
}

export function inputTooLarge(bytes: number, limitBytes: number): StepError {
  return {
    class: 'fatal',
    message: `the request's large values have ${bytes} bytes together, more than the ${limitBytes} that are loaded`,
    details: { hint: 'Let the agents hand over files under "artifacts" instead of values.' },
  };
}

const MAX_MESSAGE_LENGTH = 4096;
const MAX_DETAILS_LENGTH = 16 * 1024;

/** Errors travel inside records, so they are cut to a size that a record can carry. */
export function boundedError(error: StepError): StepError {
  const details = error.details === undefined ? undefined : boundedDetails(error.details);
  const { message } = error;
  return {
    ...error,
    message: message.length > MAX_MESSAGE_LENGTH ? `${message.slice(0, MAX_MESSAGE_LENGTH)} […]` : message,
    ...(details === undefined ? {} : { details }),
  };
}

function boundedDetails(details: Json): Json {
  const text = JSON.stringify(details);
  return text.length > MAX_DETAILS_LENGTH ? { cut: `${text.slice(0, MAX_DETAILS_LENGTH)} […]` } : details;
}

function lastLine(lines: string): string {
  const line = lines.split('\n').findLast((text) => text.trim() !== '');
  return line === undefined ? '' : `: ${line.trim().slice(0, 300)}`;
}
