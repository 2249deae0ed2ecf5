import { z } from 'zod';
import type { Json } from '../src/json.ts';
import { artifactRef } from '../src/ports/report-schemas.ts';
import type { BallotMark, Ledger, Poll, StepResult } from './ledger.ts';
import type { World } from './world.ts';

/**
 * What an execution that is run again takes over from the one before: results of steps that nobody is asked for again. They stand in
 * the ledger from the first record on, as what had succeeded stands there when a phase is tried again, so the fold needs no rule of
 * its own for them: what is done is not done again, and what is worked out from it is worked out.
 *
 * 1. They are not this execution's deeds: no rollback undoes them, and none forgets them (they have no position).
 * 2. They cost nothing here: no attempt, no usage, no time.
 */

const results = z.array(
  z.object({
    /** The run. */
    step: z.string().min(1).max(128),
    index: z.int().min(0),
    kind: z.string(),
    agent: z.string().optional(),
    output: z.unknown().optional(),
    artifacts: z.array(artifactRef).optional(),
    by: z.string().optional(),
    ballot: z.unknown().optional(),
    /** Execution in which it was done; not the one before, where that had kept it itself. */
    from: z.string().min(1).max(64),
  }),
);

export const keptSchema = z.object({
  phases: z.array(
    z.object({
      name: z.string(),
      /** Of `forEach`: what was done for an item goes on with the same items. */
      items: z.array(z.unknown()).optional(),
      roles: z.record(z.string(), z.array(z.string())).optional(),
      /** Rounds of the votes whose results are kept. */
      polls: z.record(z.string(), z.unknown()).optional(),
      results,
    }),
  ),
});

export type Kept = z.infer<typeof keptSchema>;

/** Enters what is kept into the ledger of an execution that begins. */
export function keepResults({ ledger, phases, now }: World, kept: Kept): void {
  for (const { name, items, roles, polls, results: steps } of kept.phases) {
    if (!phases.has(name)) continue;
    const produce = ledger.phase(name);
    if (items !== undefined) produce.items = items as readonly Json[];
    if (roles !== undefined) produce.roles = roles;
    // Polls are written to while a vote is held.
    if (polls !== undefined) produce.polls = structuredClone(polls) as { [step: string]: Poll };
    for (const { step, output, ballot, from, ...rest } of steps) {
      produce.results.set(step, {
        ...rest,
        step,
        status: 'succeeded',
        attempts: 0,
        lastAttempt: 0,
        output: output as Json | undefined,
        ...(ballot === undefined ? {} : { ballot: ballot as BallotMark }),
        kept: from,
        startedAt: now,
        endedAt: now,
      });
    }
  }
}

/** Results of the phase that were kept; none in an execution that was not run again. */
export function keptIn(ledger: Ledger, phase: string): readonly StepResult[] {
  const produce = ledger.phases.get(phase);
  return produce === undefined ? [] : [...produce.results.values()].filter(({ kept }) => kept !== undefined);
}
