import type { RollbackRequest } from '../../machines/execution-context.ts';
import { notPossibleNow } from '../errors.ts';
import type { Executions } from './executions.ts';

/** Resolves when the execution stands still. One that does already is left as it is. */
export async function pause(executions: Executions, id: string, reason: string | undefined): Promise<void> {
  const { status } = await executions.state(id);
  if (status !== 'pausing' && status !== 'paused') await executions.control(id, { kind: 'pause', reason });
  // What a process that is gone had claimed is given up by the next one that drives it.
  await executions.drive(id);
  await executions.until(id, ({ status: now }) => {
    if (now !== 'pausing' && now !== 'paused') throw notPossibleNow(id, 'pause', now);
    return now === 'paused' || undefined;
  });
}

/** Resolves when the execution runs and somebody drives it. */
export async function resume(executions: Executions, id: string): Promise<void> {
  const { status } = await executions.state(id);
  if (status !== 'running') await executions.control(id, { kind: 'resume' });
  await executions.drive(id);
}

/** Resolves when what was asked for is undone, or what could not be is known. */
export async function rollBack(executions: Executions, id: string, request: RollbackRequest): Promise<void> {
  await executions.control(id, { kind: 'rollback', ...request });
  await executions.drive(id);
  await executions.until(id, ({ status }) => (status === 'rollingBack' ? undefined : true));
}

/** Resolves when nothing of the execution runs any more. One that is aborted already is left as it is. */
export async function abort(executions: Executions, id: string, reason: string | undefined): Promise<void> {
  const { status } = await executions.state(id);
  if (status !== 'aborted') await executions.control(id, { kind: 'abort', reason });
  await executions.over(id);
}
