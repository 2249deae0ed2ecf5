import type { Fold } from '../../engine/fold.ts';
import type { LifecycleEvent } from '../../engine/lifecycle.ts';
import type { RunAttempt } from './run-result.ts';

/** The attempts of a run, from what was told of it. An attempt whose end nobody told lasted until the run ended. */
export class AttemptTrail {
  readonly attempts: readonly RunAttempt[];

  constructor(events: readonly LifecycleEvent[], fold: Fold, startedAt: number, endedAt: number) {
    const open = new Map<string, RunAttempt>();
    const attempts: RunAttempt[] = [];
    const end = (key: string, at: number): void => {
      const attempt = open.get(key);
      if (attempt === undefined) return;
      attempts.push({ ...attempt, endedAt: at });
      open.delete(key);
    };
    for (const event of events) {
      switch (event.type) {
        case 'step:start': {
          const { step, phase, agent = '', host, attempt } = event;
          const claimedAt = event.at - startedAt;
          const queuedMs = attempt === 1 ? queuedFor(fold, phase, step, event.at) : null;
          open.set(`${step}/${attempt}`, {
            step,
            phase,
            role: agent,
            host,
            attempt,
            queuedMs,
            claimedAt,
            endedAt: claimedAt,
          });
          break;
        }
        case 'step:complete':
        case 'step:failed':
        case 'step:expired':
          end(`${event.step}/${event.attempt}`, event.at - startedAt);
          break;
        default:
          break;
      }
    }
    for (const key of [...open.keys()]) end(key, endedAt - startedAt);
    this.attempts = attempts;
  }
}

/** Only the first offer's time is kept. */
function queuedFor({ world }: Fold, phase: string, step: string, claimedAt: number): number | null {
  const offeredAt =
    world.steps.get(step)?.getSnapshot().context.offeredAt ??
    world.ledger.phases.get(phase)?.results.get(step)?.startedAt;
  return offeredAt === undefined ? null : claimedAt - offeredAt;
}
