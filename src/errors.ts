/**
 * The catalogue of errors: every error that a user, an operator or an agent can meet is made here.
 * A code is never renamed and never used for something else.
 */

export interface TroupeErrorDetails {
  /** Stable, upper snake case. */
  readonly code: string;
  /** What happened and why. */
  readonly message: string;
  /** What to do next. */
  readonly hint?: string | undefined;
  /** Whether the same call may succeed later without a change. Default false. */
  readonly retryable?: boolean | undefined;
  readonly cause?: unknown;
}

/** The base of all errors that leave Troupe. The command line prints message and hint and hides the stack. */
export class TroupeError extends Error {
  override readonly name = 'TroupeError';
  readonly code: string;
  readonly hint: string | undefined;
  readonly retryable: boolean;

  constructor({ code, message, hint, retryable = false, cause }: TroupeErrorDetails) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.hint = hint;
    this.retryable = retryable;
  }

  /** The form that crosses a process boundary; {@link TroupeError.fromJSON} reads it back. */
  toJSON(): { code: string; message: string; hint?: string; retryable: boolean } {
    return {
      code: this.code,
      message: this.message,
      ...(this.hint === undefined ? {} : { hint: this.hint }),
      retryable: this.retryable,
    };
  }

  static fromJSON(json: { code: string; message: string; hint?: string; retryable?: boolean }): TroupeError {
    return new TroupeError(json);
  }
}

/** Turns whatever was thrown into a {@link TroupeError}; the original is kept as `cause`. */
export function toTroupeError(thrown: unknown): TroupeError {
  if (thrown instanceof TroupeError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new TroupeError({ code: 'UNEXPECTED', message, cause: thrown });
}

// Storage: the log, snapshots, artifacts and what is kept beside them.

/** Another process held the database longer than we waited. */
export function storageBusy(path: string, cause?: unknown): TroupeError {
  return new TroupeError({
    code: 'STORAGE_BUSY',
    message: `${path} is held by another process, which does not let go of it.`,
    hint: 'Look for a troupe process that is stopped or hangs (`troupe doctor`), then try again.',
    retryable: true,
    cause,
  });
}

export function storageFull(path: string, cause?: unknown): TroupeError {
  return new TroupeError({
    code: 'STORAGE_FULL',
    message: `There is no room left to write to ${path}.`,
    hint: 'Free space on that disk. Nothing that was accepted is lost: go on with `troupe resume`.',
    cause,
  });
}

export function storageReadOnly(path: string, cause?: unknown): TroupeError {
  return new TroupeError({
    code: 'STORAGE_READ_ONLY',
    message: `${path} cannot be written to: the file, its folder or the disk is read-only for this user.`,
    hint: 'Change its permissions, or name another folder with --data DIR.',
    cause,
  });
}

/** `reason`: what SQLite or the system said. */
export function storageCorrupt(path: string, reason: string, cause?: unknown): TroupeError {
  return new TroupeError({
    code: 'STORAGE_CORRUPT',
    message: `${path} is damaged: ${reason}.`,
    hint: 'Restore the folder from a backup, or name another with --data DIR. Keep the damaged file: `sqlite3 FILE .recover` may read what is left.',
    cause,
  });
}

export function storageForeign(path: string, cause?: unknown): TroupeError {
  return new TroupeError({
    code: 'STORAGE_FOREIGN',
    message: `${path} is not a database of Troupe.`,
    hint: 'Move the file away, or name another folder with --data DIR.',
    cause,
  });
}

export function storageNewer(path: string, found: number, known: number): TroupeError {
  return new TroupeError({
    code: 'STORAGE_NEWER',
    message: `${path} was written by a newer Troupe: it has format ${found}, this version knows ${known}.`,
    hint: 'Update Troupe, or name another folder with --data DIR.',
  });
}

/** `kind`: the file system, such as `NFS`. */
export function storageOnNetwork(path: string, kind: string): TroupeError {
  return new TroupeError({
    code: 'STORAGE_ON_NETWORK',
    message: `${path} is on a network file system (${kind}), where locks and shared memory do not protect a database.`,
    hint: 'Name a folder on a local disk with --data DIR. To work from several machines, use --nats URL.',
  });
}

/** Anything else that keeps a file or folder from being used. */
export function storageFailed(path: string, reason: string, cause?: unknown): TroupeError {
  return new TroupeError({
    code: 'STORAGE_FAILED',
    message: `${path} cannot be used: ${reason}.`,
    hint: 'Check the folder and the disk (`troupe doctor`), or name another folder with --data DIR.',
    cause,
  });
}

export function storageClosed(): TroupeError {
  return new TroupeError({
    code: 'STORAGE_CLOSED',
    message: 'The store was closed before this call.',
    hint: 'Wait for work under way before closing.',
  });
}

export function artifactMissing(digest: string, cause?: unknown): TroupeError {
  return new TroupeError({
    code: 'ARTIFACT_MISSING',
    message: `There is no artifact ${digest}.`,
    hint: 'Artifacts belong to the data folder that the execution was started with; check --data DIR.',
    cause,
  });
}

export function artifactCorrupt(digest: string): TroupeError {
  return new TroupeError({
    code: 'ARTIFACT_CORRUPT',
    message: `The artifact ${digest} is damaged: its content has another digest.`,
    hint: 'Restore the file from a backup. Storing the same content again mends it too.',
  });
}

// --- task: definitions, expressions, templates, aggregates, input ---

/** A text that is not a duration. */
export function durationInvalid(text: string): TroupeError {
  return new TroupeError({
    code: 'DURATION_INVALID',
    message: `'${excerpt(text)}' is not a duration`,
    hint: "write a whole number with a unit, such as '5 minutes', '30s', '1h30m' or '500ms'",
  });
}

/** A CEL expression that does not parse or whose types cannot fit. `offset` is 0-based in the expression. */
export function expressionSyntax(expression: string, reason: string, offset?: number): TroupeError {
  const place = offset === undefined ? '' : ` (at character ${offset + 1})`;
  return new TroupeError({
    code: 'EXPRESSION_SYNTAX',
    message: `the expression '${excerpt(expression)}' is not valid: ${reason}${place}`,
    hint: 'expressions are CEL, for example: input.amount > 0 && size(input.ticker) > 0',
  });
}

/** An expression above one of the limits. */
export function expressionTooLarge(expression: string, limit: string): TroupeError {
  return new TroupeError({
    code: 'EXPRESSION_TOO_LARGE',
    message: `the expression '${excerpt(expression)}' is too large: ${limit}`,
    hint: 'split it, or let an agent compute the value',
  });
}

/** An expression that uses a name which nothing in its scope has. */
export function expressionUnknownName(expression: string, name: string): TroupeError {
  return new TroupeError({
    code: 'EXPRESSION_UNKNOWN_NAME',
    message: `the expression '${excerpt(expression)}' uses '${name}', which nothing here has`,
    hint: 'known are input, phases, outputs, results, item, execution and the names of the requirements',
  });
}

/** An expression that was well formed but could not be computed on these values. */
export function expressionFailed(expression: string, reason: string): TroupeError {
  return new TroupeError({
    code: 'EXPRESSION_FAILED',
    message: `the expression '${excerpt(expression)}' could not be computed: ${reason}`,
    hint: 'test for missing values with has(a.b), or give them a default',
  });
}

/** A liquid template that does not parse. */
export function templateSyntax(template: string, reason: string): TroupeError {
  return new TroupeError({
    code: 'TEMPLATE_SYNTAX',
    message: `the template '${excerpt(template)}' is not valid: ${reason}`,
    hint: 'templates are liquid, for example: {{ input.ticker }}',
  });
}

/** A template that could not be rendered: a name nobody has, or a limit. */
export function templateFailed(template: string, reason: string): TroupeError {
  return new TroupeError({
    code: 'TEMPLATE_FAILED',
    message: `the template '${excerpt(template)}' could not be rendered: ${reason}`,
    hint: 'every name in a template must exist; test with {% if %} or use the default filter',
  });
}

/** Outputs that do not fit what an aggregate needs. */
export function aggregateFailed(kind: string, reason: string, hint?: string): TroupeError {
  return new TroupeError({ code: 'AGGREGATE_FAILED', message: `aggregate '${kind}': ${reason}`, hint });
}

/** A JSON Schema that cannot be compiled. */
export function schemaInvalid(reason: string): TroupeError {
  return new TroupeError({
    code: 'SCHEMA_INVALID',
    message: `the JSON Schema is not valid: ${reason}`,
    hint: 'see https://json-schema.org/understanding-json-schema',
  });
}

/** An input that does not meet a task's requirements; one line for each problem. */
export function inputInvalid<Problem extends { message: string }>(
  task: string,
  problems: readonly Problem[],
): TroupeError & { readonly problems: readonly Problem[] } {
  const error = new TroupeError({
    code: 'INPUT_INVALID',
    message: [`the input of '${task}' is not valid:`, ...problems.map(({ message }) => message)].join('\n  '),
    hint: 'Give each field as -i FIELD=VALUE, or all of them with --input-file FILE.',
  });
  return Object.assign(error, { problems });
}

/** What every diagnostic of a definition has at least. */
interface DiagnosticLike {
  readonly severity: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** A task definition with errors; the error carries all diagnostics, warnings and notes included. */
export function definitionInvalid<Found extends DiagnosticLike>(
  file: string,
  diagnostics: readonly Found[],
): TroupeError & { readonly diagnostics: readonly Found[] } {
  const errors = diagnostics.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  const start = first === undefined ? '' : `: ${first.message} (line ${first.line}, column ${first.column})`;
  const more = errors.length > 1 ? ` and ${errors.length - 1} more` : '';
  const error = new TroupeError({
    code: 'DEFINITION_INVALID',
    message: `${file} is no valid task${start}${more}`,
    hint: `troupe validate ${file} shows every problem with its place`,
  });
  return Object.assign(error, { diagnostics });
}

/** A task that no folder has; `near` is a name that was perhaps meant. */
export function taskUnknown(name: string, dirs: readonly string[], near: string | undefined): TroupeError {
  return new TroupeError({
    code: 'TASK_UNKNOWN',
    message: `there is no task '${excerpt(name)}'${dirs.length === 0 ? '' : ` in ${dirs.join(', ')}`}`,
    hint: near === undefined ? 'troupe tasks lists the tasks there are' : `did you mean '${near}'?`,
  });
}

/** A folder where a task is meant. */
export function taskIsFolder(path: string): TroupeError {
  return new TroupeError({
    code: 'TASK_FILE_UNREADABLE',
    message: `'${excerpt(path)}' is a folder, not a task`,
    hint: `name a file in it; troupe validate ${path.replace(/\/+$/, '')}/*.md checks all that are in it`,
  });
}

/** A file that is there but cannot be read as a task, whatever is in it. */
export function taskFileUnreadable(path: string, reason: string): TroupeError {
  return new TroupeError({
    code: 'TASK_FILE_UNREADABLE',
    message: `${path} cannot be read: ${reason}`,
    hint: 'a task is a file that ends in .md, .yaml, .yml, .ts, .mts, .js or .mjs',
  });
}

/** The first 80 characters of a text, on one line. */
function excerpt(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 80 ? `${line.slice(0, 79)}…` : line;
}

// --- agents: definitions, catalogue, hosts ---

export function agentNameInvalid(name: string): TroupeError {
  return new TroupeError({
    code: 'AGENT_NAME_INVALID',
    message: `'${excerpt(name)}' is not a name for an agent.`,
    hint: 'Use 1 to 64 letters, digits, "_" and "-", such as technical-analyst.',
  });
}

export function agentOptionInvalid(agent: string, option: string, reason: string): TroupeError {
  return new TroupeError({
    code: 'AGENT_OPTION_INVALID',
    message: `The option '${option}' of the agent '${agent}' is not valid: ${reason}.`,
    hint: 'See docs/agents.md for what each option takes.',
  });
}

export function agentOfferedTwice(agent: string): TroupeError {
  return new TroupeError({
    code: 'AGENT_OFFERED_TWICE',
    message: `The host is given two agents named '${agent}'.`,
    hint: 'Leave one of them out; to run more attempts at once, raise its concurrency.',
  });
}

/** `searched`: the folders, in order; `similar`: the nearest name that there is. */
export function agentUnknown(agent: string, searched: readonly string[], similar?: string): TroupeError {
  const meant = similar === undefined ? '' : ` Did you mean '${similar}'?`;
  return new TroupeError({
    code: 'AGENT_UNKNOWN',
    message: `There is no agent '${excerpt(agent)}'.${meant}`,
    hint: `Write ${agent}.md in one of these folders, or name another with --agents DIR: ${searched.join(', ')}.`,
  });
}

/** `problems`: each with its place, as a compiler prints them. */
export function agentFileInvalid(file: string, problems: readonly string[], cause?: unknown): TroupeError {
  return new TroupeError({
    code: 'AGENT_FILE_INVALID',
    message: `The agent file ${file} is not valid:\n${problems.join('\n')}`,
    hint: 'Correct the places named; docs/agents.md lists every key.',
    cause,
  });
}

// --- executions ---

export function executionUnknown(execution: string): TroupeError {
  return new TroupeError({
    code: 'EXECUTION_UNKNOWN',
    message: `There is no execution ${execution} here.`,
    hint: 'troupe list shows those there are; --data DIR looks in another folder.',
  });
}

export function executionExists(execution: string, why: string): TroupeError {
  return new TroupeError({
    code: 'EXECUTION_EXISTS',
    message: `The execution ${execution} exists already, and ${why}.`,
    hint: 'Choose another --id, or give the same task and input to go on with it.',
  });
}

/** What comes before the step did not succeed, so there is nothing to keep. `problems`: what, in words. */
export function rerunNotPossible(execution: string, from: string, problems: readonly string[]): TroupeError {
  return new TroupeError({
    code: 'RERUN_NOT_POSSIBLE',
    message: `${execution} cannot be run again from ${from}: ${problems.join('; ')}.`,
    hint: `Name an earlier step, or none to do all of it anew; troupe show ${execution} shows what succeeded.`,
  });
}

/** Another living process drives the execution. */
export function notTheOwner(
  execution: string,
  owner: { readonly pid: number; readonly hostname: string },
): TroupeError {
  return new TroupeError({
    code: 'NOT_THE_OWNER',
    message: `The execution ${execution} is driven by process ${owner.pid} on ${owner.hostname}.`,
    hint: `troupe watch ${execution} follows it.`,
    retryable: true,
  });
}

/** This process no longer drives the execution, so it cannot say how it ends. */
export function executionMovedOn(execution: string): TroupeError {
  return new TroupeError({
    code: 'EXECUTION_MOVED_ON',
    message: `The execution ${execution} is not driven by this process any more.`,
    hint: `troupe resume ${execution} goes on with it, troupe show ${execution} shows where it stands.`,
    retryable: true,
  });
}

/** The execution was started by a version whose rules this one does not have. */
export function foldVersionUnknown(execution: string, found: number, known: number): TroupeError {
  return new TroupeError({
    code: 'FOLD_VERSION_UNKNOWN',
    message: `The execution ${execution} is folded by version ${found} of the rules; this Troupe has version ${known}.`,
    hint: 'Use the version of Troupe that started it; nothing was changed.',
  });
}

/** The execution's state does not allow what was asked. */
export function notPossibleNow(execution: string, what: string, status: string): TroupeError {
  return new TroupeError({
    code: 'NOT_POSSIBLE_NOW',
    message: `Cannot ${what} the execution ${execution}: it is ${status}.`,
    hint: `troupe show ${execution} shows where it stands.`,
  });
}

/** `why`: completes a sentence after "since". */
export function notUndoable(execution: string, why: string): TroupeError {
  return new TroupeError({
    code: 'NOT_UNDOABLE',
    message: `The execution ${execution} cannot be rolled back like that, since ${why}.`,
    hint: `troupe rollback ${execution} --dry-run shows what would be undone.`,
  });
}

/** `similar`: the nearest name that there is. */
export function checkpointUnknown(
  execution: string,
  name: string,
  known: readonly string[],
  similar?: string,
): TroupeError {
  const meant = similar === undefined ? '' : ` Did you mean '${similar}'?`;
  return new TroupeError({
    code: 'CHECKPOINT_UNKNOWN',
    message: `The execution ${execution} has made no checkpoint '${excerpt(name)}'.${meant}`,
    hint:
      known.length === 0 ? 'It has made none; --all undoes everything.' : `It has made ${known.join(', ')}.`,
  });
}

/** What a rollback has left half undone cannot be gone on with. */
export function rollbackUnfinished(execution: string): TroupeError {
  return new TroupeError({
    code: 'ROLLBACK_UNFINISHED',
    message: `Cannot retry the execution ${execution}: a rollback of it has not come to its end.`,
    hint: `troupe rollback ${execution} undoes the rest.`,
  });
}

/** The execution waits for this signal, and the payload is not what it waits for. */
export function signalMisfit(name: string, problem: string): TroupeError {
  return new TroupeError({
    code: 'SIGNAL_MISFIT',
    message: `The signal ${name} does not fit what the execution waits for: ${problem}.`,
    hint: 'The wait step of the task names the schema; nothing was sent.',
  });
}

/** Nothing is asked of people there, or not at that step. */
export function nothingToApprove(
  execution: string,
  step: string | undefined,
  pending: readonly string[],
): TroupeError {
  const what = step === undefined ? 'Nothing' : `The step ${step} is no approval that`;
  const others = pending.length === 0 ? '' : ` What does: ${pending.join(', ')}.`;
  return new TroupeError({
    code: 'NOTHING_TO_APPROVE',
    message: `${what} waits for a person in the execution ${execution}.${others}`,
    hint: 'troupe approvals lists what waits for people.',
  });
}

export function approvalAmbiguous(execution: string, pending: readonly string[]): TroupeError {
  return new TroupeError({
    code: 'APPROVAL_AMBIGUOUS',
    message: `The execution ${execution} asks more than one thing: ${pending.join(', ')}.`,
    hint: 'Name the step that you decide.',
  });
}

export function notEntitled(by: string, step: string, who: readonly string[]): TroupeError {
  return new TroupeError({
    code: 'NOT_ENTITLED',
    message: `${by} may not decide ${step}: that is for ${who.length === 0 ? 'nobody' : who.join(', ')}.`,
    hint: 'One of these can decide, or delegate it: troupe approve ID --delegate NAME.',
  });
}

/** What is asked about is not what the person saw. */
export function subjectChanged(step: string, seen: string, present: string | undefined): TroupeError {
  return new TroupeError({
    code: 'SUBJECT_CHANGED',
    message: `What ${step} asks about has changed: you saw ${seen}, it is ${present ?? 'not bound to anything'}.`,
    hint: 'Look at it again; nothing was recorded.',
  });
}

/** Somebody was faster, or the state went on meanwhile. */
export function decisionRefused(execution: string, step: string, reason: string): TroupeError {
  return new TroupeError({
    code: 'DECISION_REFUSED',
    message: `What was said about ${step} in the execution ${execution} came to nothing: ${reason}.`,
    hint: `troupe show ${execution} shows where it stands.`,
  });
}

export function stepNotLive(execution: string, step: string, live: readonly string[]): TroupeError {
  const which = live.length === 0 ? 'No step is at work.' : `At work are ${live.slice(0, 10).join(', ')}.`;
  return new TroupeError({
    code: 'STEP_NOT_LIVE',
    message: `The step ${step} of the execution ${execution} is not there to be completed. ${which}`,
    hint: `troupe show ${execution} shows its steps.`,
  });
}

export function outputMisfit(step: string, problem: string): TroupeError {
  return new TroupeError({
    code: 'OUTPUT_MISFIT',
    message: `The output does not fit what the step ${step} has to give: ${problem}.`,
    hint: 'The task or the file of its agent has the schema; nothing was recorded.',
  });
}

export function groupUnknown(group: string, task: string, known: readonly string[]): TroupeError {
  return new TroupeError({
    code: 'GROUP_UNKNOWN',
    message: `The task ${task} asks the group ${group}, which the configuration does not have.`,
    hint:
      known.length === 0
        ? `Add it to troupe.yaml: groups: {${group}: [NAME, ...]}.`
        : `It has ${known.join(', ')}; add it to 'groups' in troupe.yaml.`,
  });
}

/** Nobody can vote so on this step, or not now. */
export function ballotRefused(step: string, reason: string, hint?: string): TroupeError {
  return new TroupeError({
    code: 'BALLOT_REFUSED',
    message: `The vote on ${step} was not taken: ${reason}.`,
    hint: hint ?? 'troupe show names the votes that are open and who is missing; nothing was sent.',
  });
}

// --- command line ---

/** A word or option of the command line that cannot be used as given. */
export function usageInvalid(message: string, hint?: string): TroupeError {
  return new TroupeError({ code: 'USAGE', message, hint });
}

/** A file named on the command line that cannot be read, or does not hold what it should. */
export function fileUnusable(path: string, reason: string, cause?: unknown): TroupeError {
  return new TroupeError({ code: 'FILE_UNUSABLE', message: `${path}: ${reason}.`, cause });
}

/** A word that belongs to something that this version does not have yet. */
export function notYet(word: string, needs: string): TroupeError {
  return new TroupeError({
    code: 'NOT_YET',
    message: `${word} is about ${needs}, which this version does not read yet.`,
    hint: 'troupe run FILE runs a task file; troupe tasks lists those there are.',
  });
}

// --- library ---

/**
 * An execution that did not complete. Thrown by `execute` with one of the codes EXECUTION_FAILED, EXECUTION_ABORTED,
 * EXECUTION_TIMED_OUT, EXECUTION_ROLLED_BACK, EXECUTION_SUSPENDED; `cause` is the execution's own error, with the phase and the step.
 */
export class ExecutionFailure<Result = unknown> extends TroupeError {
  /** What there is of it: the report, with the outputs of the phases that completed. */
  readonly result: Result;

  constructor(details: TroupeErrorDetails, result: Result) {
    super(details);
    this.result = result;
  }
}

/** What is told of an execution that did not complete. */
interface Incomplete {
  readonly execution: string;
  readonly error: { readonly message: string; readonly phase?: string | undefined } | null;
  readonly reason?: string | undefined;
}

export function executionFailed<Result extends Incomplete>(result: Result): ExecutionFailure<Result> {
  const { execution, error } = result;
  const where = error?.phase === undefined ? '' : ` in phase ${error.phase}`;
  const message = `The execution ${execution} failed${where}: ${error?.message ?? 'no reason is known.'}`;
  const hint = `retryExecution('${execution}') tries what failed again, once its reason is gone.`;
  return new ExecutionFailure({ code: 'EXECUTION_FAILED', message, hint, cause: error }, result);
}

export function executionAborted<Result extends Incomplete>(result: Result): ExecutionFailure<Result> {
  const { execution, reason } = result;
  const message = `The execution ${execution} was aborted${reason === undefined ? '.' : `: ${reason}`}`;
  const hint = 'What its phases had completed is in the result; start another to do the rest.';
  return new ExecutionFailure({ code: 'EXECUTION_ABORTED', message, hint }, result);
}

export function executionRolledBack<Result extends Incomplete & RolledBack>(
  result: Result,
): ExecutionFailure<Result> {
  const { execution, error, rollback } = result;
  const why = error?.message ?? rollback?.reason;
  const message = `The execution ${execution} was rolled back${why === undefined ? '.' : `: ${why}`}`;
  const hint = 'What was undone is in the result, under rollback; start another to do it again.';
  return new ExecutionFailure({ code: 'EXECUTION_ROLLED_BACK', message, hint, cause: error }, result);
}

interface RolledBack {
  readonly rollback?: { readonly reason: string } | undefined;
}

export function executionTimedOut<Result extends Incomplete>(result: Result): ExecutionFailure<Result> {
  const { execution, error } = result;
  const message = error?.message ?? `The execution ${execution} took longer than maxExecutionTime.`;
  const hint = `retryExecution('${execution}') goes on with what is missing, with the time counted anew.`;
  return new ExecutionFailure({ code: 'EXECUTION_TIMED_OUT', message, hint, cause: error }, result);
}

export function executionSuspended<Result extends Incomplete>(result: Result): ExecutionFailure<Result> {
  const { execution, error } = result;
  const message = `The execution ${execution} is suspended: ${error?.message ?? 'a record cannot be folded.'}`;
  const hint = 'Another version of Troupe may be able to fold it; nothing of it is lost. Else abort it.';
  return new ExecutionFailure({ code: 'EXECUTION_SUSPENDED', message, hint, cause: error }, result);
}

/** `reason`: completes "it ...". */
export function executorOptionInvalid(option: string, reason: string): TroupeError {
  return new TroupeError({
    code: 'EXECUTOR_OPTION_INVALID',
    message: `The option '${option}' of the TaskExecutor is not valid: it ${reason}.`,
    hint: 'See docs/library.md for what each option takes.',
  });
}

export function executorClosed(): TroupeError {
  return new TroupeError({
    code: 'EXECUTOR_CLOSED',
    message: 'The TaskExecutor was closed.',
    hint: 'Executions that had not ended go on with another executor on the same data folder: resumeExecution(id).',
  });
}

export function executionIdInvalid(id: string): TroupeError {
  return new TroupeError({
    code: 'EXECUTION_ID_INVALID',
    message: `'${excerpt(id)}' is not an id for an execution.`,
    hint: 'Use 1 to 64 letters, digits, "_" and "-".',
  });
}

/** A phase that somebody waited for ended otherwise, or can no longer come. `status`: how it stands. */
export function phaseNotCompleted(
  execution: string,
  phase: string,
  status: string,
  reason?: string,
): TroupeError {
  return new TroupeError({
    code: 'PHASE_NOT_COMPLETED',
    message: `Phase ${phase} of the execution ${execution} is ${status}${reason === undefined ? '.' : `: ${reason}`}`,
    hint: 'getExecutionContext(id) shows where each phase stands.',
  });
}

export function phaseUnknown(execution: string, phase: string, known: readonly string[]): TroupeError {
  return new TroupeError({
    code: 'PHASE_UNKNOWN',
    message: `The execution ${execution} has no phase '${excerpt(phase)}'.`,
    hint: `Its phases are ${known.join(', ')}.`,
  });
}

/** A view read from JSON cannot act: it knows no executor. */
export function contextReadOnly(execution: string): TroupeError {
  return new TroupeError({
    code: 'CONTEXT_READ_ONLY',
    message: `This view of the execution ${execution} was read from JSON and cannot act or wait.`,
    hint: `executor.getExecutionContext('${execution}') gives one that can.`,
  });
}

// --- looking at executions ---

/** `similar`: the nearest id that there is. */
export function stepUnknown(execution: string, step: string, similar?: string): TroupeError {
  const meant = similar === undefined ? '' : ` Did you mean '${similar}'?`;
  return new TroupeError({
    code: 'STEP_UNKNOWN',
    message: `The execution ${execution} has no step '${excerpt(step)}'.${meant}`,
    hint: `troupe show ${execution} --json | jq -r '.phases[].steps[].id' lists them.`,
  });
}

/** `where`: the file or the variable. */
export function configInvalid(where: string, problem: string, hint?: string): TroupeError {
  return new TroupeError({ code: 'CONFIG_INVALID', message: `${where}: ${problem}.`, hint });
}

/** `files`: what is there already, relative to the folder. */
export function wouldOverwrite(files: readonly string[]): TroupeError {
  return new TroupeError({
    code: 'WOULD_OVERWRITE',
    message: `There is something already: ${files.join(', ')}. Nothing was written.`,
    hint: 'Name another folder: troupe init DIR.',
  });
}

// NATS: many hosts.

export function namespaceInvalid(namespace: string): TroupeError {
  return new TroupeError({
    code: 'NAMESPACE_INVALID',
    message: `"${namespace}" is not a namespace.`,
    hint: 'Use 1 to 32 letters, digits, "_" and "-".',
  });
}

/** `url`: without credentials. */
export function natsUnreachable(url: string, reason: string, cause?: unknown): TroupeError {
  return new TroupeError({
    code: 'NATS_UNREACHABLE',
    message: `The NATS server at ${url} cannot be reached: ${reason}.`,
    hint: 'Check the address, and that the server runs; `--nats auto` starts one for this project.',
    retryable: true,
    cause,
  });
}

export function natsRefused(url: string, reason: string, cause?: unknown): TroupeError {
  return new TroupeError({
    code: 'NATS_REFUSED',
    message: `The NATS server at ${url} refused: ${reason}.`,
    hint: 'Check user and password (nats://USER:PASSWORD@HOST:4222) and what nats.conf lets that user do.',
    cause,
  });
}

/** Nobody has made the namespace yet; orchestrators do. `url`: without credentials. */
export function namespaceMissing(namespace: string, url: string): TroupeError {
  return new TroupeError({
    code: 'NAMESPACE_MISSING',
    message: `The namespace ${namespace} does not exist yet on the NATS server at ${url}.`,
    hint: `An orchestrator makes it: troupe up --nats ${url}${namespace === 'default' ? '' : ` --namespace ${namespace}`}`,
    retryable: true,
  });
}

/** The server lacks something that Troupe needs, such as JetStream. */
export function natsUnsuitable(url: string, reason: string, hint: string): TroupeError {
  return new TroupeError({
    code: 'NATS_UNSUITABLE',
    message: `The NATS server at ${url} cannot serve: ${reason}.`,
    hint,
  });
}

export function natsServerMissing(): TroupeError {
  return new TroupeError({
    code: 'NATS_SERVER_MISSING',
    message: 'There is no `nats-server` on this machine to start.',
    hint: 'Install it (Debian and Ubuntu: apt-get install nats-server; macOS: brew install nats-server; Windows: winget install NATSAuthors.NATSServer, or choco install nats-server), or name a running server with --nats URL.',
  });
}

/** `reason`: the last words of the server. */
export function natsServerFailed(reason: string, cause?: unknown): TroupeError {
  return new TroupeError({
    code: 'NATS_SERVER_FAILED',
    message: `The nats-server that was started did not come up: ${reason}`,
    cause,
  });
}

/** `what`: what was too large, such as `the record step.succeeded`. */
export function messageTooLarge(what: string, bytes: number, limit: number): TroupeError {
  return new TroupeError({
    code: 'MESSAGE_TOO_LARGE',
    message: `${what} has ${bytes} bytes; the NATS server takes messages of at most ${limit}.`,
    hint: 'Hand large content over as an artifact, or raise max_payload in nats.conf.',
  });
}

/** `what`: the request, such as `the claim of e1/s1/1`. */
export function natsNotAnswered(what: string, reason: string, cause?: unknown): TroupeError {
  return new TroupeError({
    code: 'NATS_NOT_ANSWERED',
    message: `No answer to ${what}: ${reason}.`,
    hint: 'It is asked again by itself. If that goes on: does a `troupe up --nats` run for this namespace?',
    retryable: true,
    cause,
  });
}

/** Records that were acknowledged are gone: the server was set back to an older state. `position`: the last that is left. */
export function natsLogRewound(stream: string, position: number): TroupeError {
  return new TroupeError({
    code: 'NATS_LOG_REWOUND',
    message: `The stream ${stream} lost its last records: what came after ${position} is not there any more.`,
    hint: 'Was the server restored from a backup, or did its power fail? Executions go on from what is left.',
  });
}

/** Somebody asked for an execution whose partition no orchestrator holds. */
export function natsUndriven(execution: string): TroupeError {
  return new TroupeError({
    code: 'NATS_UNDRIVEN',
    message: `Nobody drives ${execution} now: no orchestrator of its namespace is there.`,
    hint: 'Start one: troupe up --nats URL.',
    retryable: true,
  });
}

export function roleInvalid(role: string): TroupeError {
  return new TroupeError({
    code: 'ROLE_INVALID',
    message: `"${excerpt(role)}" cannot be a role on NATS.`,
    hint: 'Use 1 to 128 letters, digits, "_" and "-".',
  });
}

/** `hostname`: where the orchestrator runs that was found. */
export function conformanceDisturbs(namespace: string, hostname: string): TroupeError {
  return new TroupeError({
    code: 'CONFORMANCE_DISTURBS',
    message: `An orchestrator on ${hostname} works in the namespace ${namespace}: the conformance test would answer in its place.`,
    hint: 'Start the agent with a namespace of its own, such as `conformance`, and name that with --namespace.',
  });
}

// --- simulation ---

/** `problems`: rendered with their places. */
export function agentScriptsInvalid(file: string, problems: string): TroupeError {
  return new TroupeError({
    code: 'AGENT_SCRIPTS_INVALID',
    message: `${file} does not say how agents behave:\n${problems}`,
    hint: 'Correct the places named; docs/testing.md lists every key.',
  });
}

export function agentScriptsUnreadable(file: string, reason: string, cause?: unknown): TroupeError {
  return new TroupeError({
    code: 'AGENT_SCRIPTS_UNREADABLE',
    message: `${file} cannot be read: ${reason}.`,
    hint: 'Name a file that ends in .yaml, .yml, .json, .ts, .mts, .js or .mjs.',
    cause,
  });
}

/** A simulated execution can no longer get where somebody wants it. `goal`: completes "it cannot ...". */
export function simulationUnreached(
  execution: string,
  goal: string,
  standing: string,
  hint: string,
): TroupeError {
  return new TroupeError({
    code: 'SIMULATION_UNREACHED',
    message: `${execution} cannot ${goal} any more: ${standing}`,
    hint,
  });
}

/** `kind`: `phase`, `step`, `signal` or `status`. */
export function simulationNameUnknown(
  task: string,
  kind: string,
  name: string,
  known: readonly string[],
  near: string | undefined,
): TroupeError {
  return new TroupeError({
    code: 'SIMULATION_NAME_UNKNOWN',
    message: `the task '${task}' has no ${kind} '${excerpt(name)}'`,
    hint: near === undefined ? `It has ${known.join(', ') || 'none'}.` : `Did you mean '${near}'?`,
  });
}

/** The execution had no use for what somebody asked of it. `standing`: how it stands. */
export function simulationRefused(execution: string, act: string, standing: string): TroupeError {
  return new TroupeError({
    code: 'SIMULATION_REFUSED',
    message: `${execution} does not ${act} now: ${standing}`,
    hint: 'Move it to where that makes sense first: untilPhase, untilStep, untilStatus, advance.',
  });
}

/** `reason`: completes "the option ...". */
export function simulationOptionInvalid(option: string, reason: string, hint: string): TroupeError {
  return new TroupeError({
    code: 'SIMULATION_OPTION_INVALID',
    message: `The option ${option} of simulate() ${reason}.`,
    hint,
  });
}

/** `reason`: completes "it cannot go on in virtual time: ...". */
export function forkImpossible(execution: string, reason: string, hint: string): TroupeError {
  return new TroupeError({
    code: 'FORK_IMPOSSIBLE',
    message: `${execution} cannot go on in virtual time: ${reason}.`,
    hint,
  });
}

export function simulationUnknown(simulation: string): TroupeError {
  return new TroupeError({
    code: 'SIMULATION_UNKNOWN',
    message: `There is no simulation '${excerpt(simulation)}'.`,
    hint: 'Results are kept as long as the server runs, the last twenty; start it again.',
  });
}

/** As many as may run are running. */
export function simulationsBusy(most: number): TroupeError {
  return new TroupeError({
    code: 'SIMULATIONS_BUSY',
    message: `${most} simulations are running already.`,
    hint: 'Wait for one to end, or cancel one.',
    retryable: true,
  });
}

/** The thread that simulates ended without a result. `reason`: completes "it ...". */
export function simulationBroken(reason: string, hint: string): TroupeError {
  return new TroupeError({ code: 'SIMULATION_BROKEN', message: `The simulation ${reason}.`, hint });
}

// The inspector's server.

/** The `Host` of a request names another server: somebody may have pointed a name of theirs to this machine. */
export function hostRefused(host: string | undefined): TroupeError {
  return new TroupeError({
    code: 'HOST_REFUSED',
    message: `This server is not known as '${excerpt(host ?? '')}'.`,
    hint: 'Use the link that troupe printed, or start it with --allow-host NAME.',
  });
}

/** A page of another origin asks. */
export function originRefused(origin: string): TroupeError {
  return new TroupeError({
    code: 'ORIGIN_REFUSED',
    message: `A page of ${excerpt(origin)} may not ask this server.`,
    hint: 'Open the link that troupe printed.',
  });
}

export function tokenRefused(): TroupeError {
  return new TroupeError({
    code: 'TOKEN_REFUSED',
    message: 'The token of this server is missing, or it is that of an earlier start.',
    hint: 'Open the link that troupe printed when it started; programs send it as `Authorization: Bearer TOKEN`.',
  });
}

/** `problem`: completes a sentence about the request, such as `limit must be a number`. */
export function requestInvalid(problem: string): TroupeError {
  return new TroupeError({
    code: 'REQUEST_INVALID',
    message: `The request is not valid: ${problem}.`,
    hint: '/openapi.json says what each request takes.',
  });
}

export function routeUnknown(path: string): TroupeError {
  return new TroupeError({
    code: 'ROUTE_UNKNOWN',
    message: `There is nothing at ${excerpt(path)}.`,
    hint: '/openapi.json lists what there is.',
  });
}

export function bodyTooLarge(limitBytes: number): TroupeError {
  return new TroupeError({
    code: 'BODY_TOO_LARGE',
    message: `What was sent is larger than ${limitBytes} bytes.`,
    hint: 'Give large values to agents as files, and name those in the input.',
  });
}

/** The viewer that goes into an exported page. */
export function viewerNotBuilt(): TroupeError {
  return new TroupeError({
    code: 'VIEWER_NOT_BUILT',
    message: 'The viewer that goes into the file is not built.',
    hint: 'Build it with `npm run build`, then ask again.',
  });
}

export function portTaken(host: string, port: number): TroupeError {
  return new TroupeError({
    code: 'PORT_TAKEN',
    message: `The port ${port} on ${host} is taken by another program.`,
    hint: 'Name another with --ui-port, or leave it out: then the next free one is taken.',
  });
}

export function statelyMissing(cause: unknown): TroupeError {
  return new TroupeError({
    code: 'STATELY_MISSING',
    message: 'The package @statelyai/inspect is not installed here, and --inspect stately needs it.',
    hint: 'Install it beside Troupe: npm install --save-dev @statelyai/inspect',
    cause,
  });
}

/** `reason`: what the system said. */
export function cannotListen(host: string, port: number, reason: string): TroupeError {
  return new TroupeError({
    code: 'CANNOT_LISTEN',
    message: `The inspector cannot listen on ${host}, port ${port}: ${reason}.`,
    hint: 'Name an address of this machine with --ui-host and a free port above 1023 with --ui-port, or start without it: --no-ui.',
  });
}
