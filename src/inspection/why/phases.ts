import { phaseId } from '../../../machines/execution-work.ts';
import type { PhaseContext } from '../../../machines/phase-context.ts';
import { DEFAULT_STEP_WINDOW } from '../../../machines/policy.ts';
import { programOf } from '../../../machines/program.ts';
import { childrenOf } from '../../engine/delivery.ts';
import type { Fold } from '../../engine/fold.ts';
import { type Cause, namesInWords, RANK, reason, sentence } from './cause.ts';

/** What the execution itself and its phases wait for, beside what their steps do. */
export function phaseCauses(fold: Fold): readonly Cause[] {
  return [...rootCauses(fold), ...activePhases(fold), ...queue(fold)];
}

function rootCauses({ context }: Fold): readonly Cause[] {
  const causes: Cause[] = [];
  if (context.measuring !== undefined) {
    causes.push({
      rank: RANK.evaluating,
      kind: 'moving',
      short: 'measures the artifacts of a checkpoint',
      reason: reason('The artifacts of a checkpoint are being measured; no phase begins meanwhile.'),
    });
  }
  if (context.conclusion === 'evaluate') {
    causes.push({
      rank: RANK.evaluating,
      kind: 'moving',
      short: 'works out its outputs',
      reason: reason('All phases have ended; the outputs of the execution are being worked out.'),
    });
  }
  return causes;
}

const OWN_WORK: { readonly [state: string]: (name: string) => string } = {
  verifying: (name) =>
    `Whether the files that phase ${name} uses are those that were approved is being looked at.`,
  expanding: (name) => `The items of phase ${name} are being worked out.`,
  concluding: (name) => `The outputs of phase ${name} are being worked out.`,
};

function activePhases(fold: Fold): readonly Cause[] {
  const children = childrenOf(fold.root);
  return fold.pinned.definition.phases.flatMap(({ name }, index): Cause[] => {
    const actor = children[phaseId(index)]?.getSnapshot();
    if (actor === undefined) return [];
    const state = String(actor.value);
    const context = actor.context as PhaseContext;
    const work = OWN_WORK[state];
    if (work !== undefined) {
      const text = work(name);
      const until = context.dueAt ?? null;
      return [
        {
          rank: RANK.evaluating,
          kind: 'moving',
          short: `phase ${name} is ${state}`,
          reason: reason(text, { until }),
        },
      ];
    }
    if (state === 'backingOff') {
      return [
        {
          rank: RANK.backingOff,
          kind: 'moving',
          short: `tries phase ${name} again soon`,
          reason: reason(
            `Phase ${name} has failed and waits before its next try. ${sentence(context.error?.message ?? '')}`,
            {
              until: context.dueAt ?? null,
              otherwise: 'Then the steps that did not succeed are tried again.',
            },
          ),
        },
      ];
    }
    if (state === 'draining' && context.live > 0) {
      return [
        {
          rank: RANK.claimed,
          kind: 'moving',
          short: `phase ${name} waits for its steps to stop`,
          reason: reason(
            `Phase ${name} has failed and is tried again once its ${context.live} steps at work have stopped.`,
          ),
        },
      ];
    }
    return state === 'running' ? windowCause(fold, context) : [];
  });
}

/** Steps that could run if there were a place, or nothing above them. */
function windowCause(fold: Fold, context: PhaseContext): Cause[] {
  const { definition, ledger } = fold.world;
  const phase = fold.world.phases.get(context.name);
  if (phase === undefined || context.asking !== undefined) return [];
  const program = programOf(
    phase,
    phase.forEach === undefined ? undefined : ledger.phases.get(phase.name)?.items?.length,
  );
  const left = program.length - context.cursor;
  const window = context.window ?? definition.concurrency.steps ?? DEFAULT_STEP_WINDOW;
  if (left <= 0 || context.live < window) return [];
  const steps = left === 1 ? 'One step' : `${left} steps`;
  const slowed = context.window === undefined ? '' : ', since a limit slowed it down';
  return [
    {
      rank: RANK.queue,
      kind: 'waiting',
      short: `${left} steps wait for a place`,
      reason: reason(
        `${steps} of phase ${phase.name} ${left === 1 ? 'waits' : 'wait'} for a place: at most ${window} run at once${slowed}.`,
      ),
    },
  ];
}

/** Phases that wait for a place among those at work, and phases that wait for others. */
function queue(fold: Fold): readonly Cause[] {
  const { phases: standings, error } = fold.context;
  const { phases, concurrency } = fold.pinned.definition;
  // Before a checkpoint is measured none may begin, which is told already.
  if (error !== undefined || fold.context.measuring !== undefined) return [];
  const waiting = phases.filter(({ name }) => standings[name] === 'waiting').map(({ name }) => name);
  const causes: Cause[] = [];
  if (waiting.length > 0) {
    causes.push({
      rank: RANK.queue,
      kind: 'waiting',
      short: `${waiting.length} phases wait for their turn`,
      reason: reason(
        `Phase ${namesInWords(waiting)} ${waiting.length === 1 ? 'waits' : 'wait'} for a place: ${concurrency.phases === undefined ? 'nothing begins meanwhile' : concurrency.phases === 1 ? 'one phase runs at a time' : `at most ${concurrency.phases} run at once`}.`,
      ),
    });
  }
  const cancelled = phases.filter(
    ({ name, dependsOn }) =>
      standings[name] === undefined && dependsOn.some((needed) => standings[needed] === 'cancelled'),
  );
  if (cancelled.length > 0) {
    causes.push({
      rank: RANK.held,
      kind: 'dead',
      short: `phase ${namesInWords(cancelled.map(({ name }) => name))} can never begin`,
      reason: reason(
        `Phase ${namesInWords(cancelled.map(({ name }) => name))} can never begin: what it depends on was cancelled.`,
        { isAlarming: true },
      ),
    });
  }
  const behind = phases.filter(
    ({ name }) => standings[name] === undefined && !cancelled.some((other) => other.name === name),
  );
  if (behind.length > 0) {
    const open = new Set(
      behind.flatMap(({ dependsOn }) =>
        dependsOn.filter((needed) => standings[needed] === 'admitted' || standings[needed] === 'waiting'),
      ),
    );
    const text = open.size === 0 ? 'the phases before' : `phase ${namesInWords([...open])}`;
    causes.push({
      rank: RANK.queue + 1,
      kind: 'waiting',
      short: `${behind.length} phases are still to come`,
      reason: reason(
        `${behind.length === 1 ? `Phase ${behind[0]?.name} waits` : `${behind.length} phases wait`} for ${text} to end.`,
      ),
    });
  }
  return causes;
}
