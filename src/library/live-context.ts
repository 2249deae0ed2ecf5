import type { PhaseStanding } from '../../machines/execution-context.ts';
import type { Fold } from '../engine/fold.ts';
import { type PhaseReport, reportOf } from '../engine/report.ts';
import { resolved } from '../engine/values.ts';
import { notPossibleNow, phaseNotCompleted, phaseUnknown } from '../errors.ts';
import { ExecutionContext, type ExecutionHandle } from './execution-context.ts';
import { failureOf, resultOf } from './execution-result.ts';
import { isOver } from './executions.ts';
import type { ExecutorRuntime } from './executor-runtime.ts';

/** What an executor does for one execution. */
export type Commands = Pick<ExecutionHandle, 'pause' | 'resume' | 'abort' | 'rollBack'>;

/**
 * The context of an execution that an open executor knows.
 *
 * @param signal of the step that gets the context; else one is made when it is asked for
 */
export function liveContext(
  { embedded, executions, hold }: ExecutorRuntime,
  found: Fold,
  commands: Commands,
  signal?: AbortSignal,
): ExecutionContext {
  const { engine, store } = embedded;
  const id = found.world.execution;
  let latest = found;
  let ownSignal = signal;

  const look = (): Fold => {
    latest = engine.present(id) ?? latest;
    return latest;
  };
  const refresh = async (): Promise<void> => {
    latest = await executions.state(id);
  };
  /** As `executions.until`, and the process lives meanwhile. */
  const wait = async <T>(see: (fold: Fold) => T | undefined): Promise<T> => {
    try {
      return await hold.during(executions.until(id, see));
    } finally {
      // After a wait that failed, too: it shows how things stand; unless nothing can be read any more.
      await refresh().catch(() => undefined);
    }
  };

  return new ExecutionContext({
    report: () => reportOf(look()),
    handle: {
      pause: (reason) => commands.pause(reason).then(refresh),
      resume: () => commands.resume().then(refresh),
      abort: (reason) => commands.abort(reason).then(refresh),
      rollBack: (request) => commands.rollBack(request).then(refresh),
      refresh,
      checkpoint: async (label) => {
        await executions.control(id, { kind: 'checkpoint', name: label });
        await refresh();
        const made = look().context.checkpoints.findLast(({ name }) => name === label);
        if (made === undefined) throw notPossibleNow(id, 'mark a checkpoint of', look().status);
        return made;
      },
      started: async () => void (await wait(isStarted)),
      completed: async () => {
        const result = await resultOf(
          await wait((fold) => (isOver(fold) ? fold : undefined)),
          store.artifacts,
        );
        const failure = failureOf(result);
        if (failure !== undefined) throw failure;
        return result;
      },
      phaseStarted: async (name) => void (await wait((fold) => phaseBegun(fold, name))),
      phaseCompleted: async (name) => {
        const outputs = await wait((fold) => phaseOutputs(fold, name));
        return (await resolved(outputs, store.artifacts)) as typeof outputs;
      },
      signal: () => {
        ownSignal ??= endSignal(look(), (see) => executions.until(id, see));
        return ownSignal;
      },
    },
  });
}

/** True once it is running. */
function isStarted(fold: Fold): true | undefined {
  if (fold.status === 'running') return true;
  if (fold.hasEnded || fold.status === 'suspended')
    throw notPossibleNow(fold.world.execution, 'start', fold.status);
  return undefined;
}

/** True once the phase has begun, however it ended. */
function phaseBegun(fold: Fold, name: string): true | undefined {
  const standing = standingOf(fold, name);
  const begun = fold.world.ledger.phases.get(name)?.summary?.startedAt !== undefined;
  if (begun || standing === 'admitted' || standing === 'completed') return true;
  assertComing(fold, name, standing);
  return undefined;
}

/** Of a phase that has completed; none of one that was skipped. */
function phaseOutputs(fold: Fold, name: string): PhaseReport['outputs'] | undefined {
  const standing = standingOf(fold, name);
  if (standing === 'skipped') return {};
  const produce = fold.world.ledger.phases.get(name);
  if (standing === 'completed') return produce?.outputs ?? {};
  if (standing === 'failed')
    throw phaseNotCompleted(fold.world.execution, name, standing, produce?.summary?.error?.message);
  assertComing(fold, name, standing);
  return undefined;
}

function assertComing(fold: Fold, name: string, standing: PhaseStanding | undefined): void {
  const { execution } = fold.world;
  if (standing === 'skipped' || standing === 'cancelled') throw phaseNotCompleted(execution, name, standing);
  if (isOver(fold))
    throw phaseNotCompleted(execution, name, standing ?? 'pending', `the execution is ${fold.status}`);
}

/** Undefined until the phases it depends on are done. */
function standingOf({ pinned, context, world }: Fold, name: string): PhaseStanding | undefined {
  if (!pinned.phases.has(name)) throw phaseUnknown(world.execution, name, [...pinned.phases.keys()]);
  return Object.hasOwn(context.phases, name) ? context.phases[name] : undefined;
}

/** Aborted when the execution ends other than by completing. */
function endSignal(fold: Fold, until: (see: (fold: Fold) => Fold | undefined) => Promise<Fold>): AbortSignal {
  const controller = new AbortController();
  const endedIn = (ended: Fold): void => {
    const failure = failureOf(reportOf(ended));
    if (failure !== undefined) controller.abort(failure);
  };
  if (fold.hasEnded) endedIn(fold);
  // What keeps it from being watched (the executor was closed) ends the wish for the work as well.
  else until((seen) => (seen.hasEnded ? seen : undefined)).then(endedIn, (error) => controller.abort(error));
  return controller.signal;
}
