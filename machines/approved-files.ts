import type { PhaseDefinition, TaskDefinition } from '../src/task/definition.ts';
import type { SeenFile } from './approval-standing.ts';
import { ancestorsOf } from './scope.ts';
import type { World } from './world.ts';

/** Files that somebody approved, and that have to be the same when they are used. */
export interface ApprovedFiles {
  readonly step: string;
  readonly by?: string | undefined;
  readonly files: readonly SeenFile[];
}

/**
 * What a phase may use: files approved in the phases that it depends on, directly or not, and in its own earlier tries. Empty for
 * tasks that approve no files, at no cost.
 */
export function approvedFilesBefore(
  world: Pick<World, 'definition' | 'ledger'>,
  phase: PhaseDefinition,
): readonly ApprovedFiles[] {
  const steps = fileApprovalsOf(world.definition);
  if (steps.size === 0) return [];
  return [...ancestorsOf(world.definition, phase), phase.name].flatMap((name) =>
    (steps.get(name) ?? []).flatMap((step) => {
      const result = world.ledger.phases.get(name)?.results.get(step);
      const output = result?.output as
        | { approved?: boolean; by?: string; subject?: { files?: readonly SeenFile[] } }
        | undefined;
      // A grant that a rollback took back binds nobody: the question is asked again, about what is made anew.
      const counts = result?.status === 'succeeded' && output?.approved === true;
      const files = counts ? output?.subject?.files : undefined;
      return files === undefined ? [] : [{ step, by: output?.by, files }];
    }),
  );
}

const known = new WeakMap<TaskDefinition, ReadonlyMap<string, readonly string[]>>();

/** Phase -> ids of its approvals of files. */
function fileApprovalsOf(definition: TaskDefinition): ReadonlyMap<string, readonly string[]> {
  let found = known.get(definition);
  if (found === undefined) {
    const phases = definition.phases.map(({ name, steps }) => {
      const ids = steps.flatMap((step) =>
        step.kind === 'approval' && step.ask.subject !== undefined && 'files' in step.ask.subject
          ? [step.id]
          : [],
      );
      return [name, ids] as const;
    });
    found = new Map(phases.filter(([, ids]) => ids.length > 0));
    known.set(definition, found);
  }
  return found;
}

/** A file that is not what was approved; `is` absent: it cannot be read. */
export interface Drift {
  readonly step: string;
  readonly by?: string | undefined;
  readonly path: string;
  readonly was: string;
  readonly is?: string | undefined;
  readonly reason?: string | undefined;
}

/** In words, the first few of them. */
export function describeDrift(drifted: readonly Drift[]): string {
  const files = drifted
    .slice(0, 3)
    .map(({ path, was, is, reason }) => `${path} was ${was}, is ${is ?? `not readable (${reason})`}`);
  const more = drifted.length > 3 ? `; and ${drifted.length - 3} more` : '';
  const [first] = drifted;
  const who = first?.by === undefined ? 'was approved' : `${first.by} approved`;
  return `What ${who} in ${first?.step} has changed since: ${files.join('; ')}${more}.`;
}
