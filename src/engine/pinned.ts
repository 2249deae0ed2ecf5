import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import { derivedSteps } from '../../machines/derived-steps.ts';
import type { PinnedAgent } from '../../machines/world.ts';
import type { PhaseDefinition, StepDefinition, TaskDefinition } from '../task/definition.ts';

/**
 * What an execution is folded with, fixed at its start: the definition and the agents' files. Kept once in the artifact
 * store however many executions share it; editing a file never touches a run in flight.
 */
export interface Pinned {
  readonly definition: TaskDefinition;
  /** By role. Whatever a host wants to keep of the file besides stays in it untouched. */
  readonly agents: { readonly [role: string]: PinnedAgent };
  /** Members of the groups that the task names. Absent where it names none. */
  readonly groups?: { readonly [group: string]: readonly string[] } | undefined;
}

/** A {@link Pinned} with the look-ups that the fold needs, made once per digest. */
export interface IndexedPinned extends Pinned {
  readonly digest: string;
  readonly phases: ReadonlyMap<string, PhaseDefinition>;
  readonly stepsById: ReadonlyMap<string, StepDefinition>;
  /** Step id -> name of its phase. */
  readonly phaseOfStep: ReadonlyMap<string, string>;
  /** Places of the phases with limits, in file order. */
  readonly limited: readonly number[];
  readonly agentsByRole: ReadonlyMap<string, PinnedAgent>;
  readonly membersOfGroup: ReadonlyMap<string, readonly string[]>;
}

export function indexPinned(pinned: Pinned, digest: string): IndexedPinned {
  const { definition, agents, groups } = pinned;
  const steps = definition.phases.flatMap(({ name, steps: own }) =>
    own.flatMap((step) => [step, ...derivedSteps(step)].map((each) => ({ step: each, phase: name }))),
  );
  return {
    definition,
    agents,
    ...(groups === undefined ? {} : { groups }),
    digest,
    phases: new Map(definition.phases.map((phase) => [phase.name, phase])),
    stepsById: new Map(steps.map(({ step }) => [step.id, step])),
    phaseOfStep: new Map(steps.map(({ step, phase }) => [step.id, phase])),
    limited: definition.phases.flatMap(({ limits }, index) => (limits === undefined ? [] : [index])),
    agentsByRole: new Map(Object.entries(agents)),
    membersOfGroup: new Map(Object.entries(groups ?? {})),
  };
}

/** Canonical bytes (RFC 8785), so that equal content has an equal digest whoever wrote it. */
export function pinnedBytes(pinned: Pinned): Uint8Array {
  return new TextEncoder().encode(canonicalize(pinned) ?? 'null');
}

/** sha256 over RFC 8785 JSON, hex. */
export function digestOf(value: unknown): string {
  return createHash('sha256')
    .update(canonicalize(value) ?? 'null')
    .digest('hex');
}
