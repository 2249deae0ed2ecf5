import { createHash } from 'node:crypto';
import type { Effect } from '../machines/effects.ts';
import { FOLD_VERSION, Fold } from '../src/engine/fold.ts';
import { digestOf, indexPinned } from '../src/engine/pinned.ts';
import { taskRules } from '../src/engine/rules.ts';
import { defineTask } from '../src/index.ts';
import type { ViewSource } from '../src/inspection/documents.ts';
import type { Json } from '../src/json.ts';
import { prepareDefinition } from '../src/library/prepare-task.ts';
import type { LogRecord, Source } from '../src/ports/event-log.ts';
import { agentSteps } from './tasks.ts';

/** The log of an execution whose every step fails once: five records a step, and what the fold itself says is due next. */
export async function longLog(steps: number): Promise<{ source: ViewSource; records: readonly LogRecord[] }> {
  const PHASE_STEPS = 400;
  const phases = Math.ceil(steps / PHASE_STEPS);
  const task = defineTask({
    name: 'long',
    version: '1.0.0',
    concurrency: { steps: 64 },
    retry: { maxAttempts: 2, backoffMs: 1000 },
    phases: Array.from({ length: phases }, (_, index) => ({
      name: `p${index}`,
      dependsOn: index === 0 ? [] : [`p${index - 1}`],
      steps: agentSteps(Math.min(PHASE_STEPS, steps - index * PHASE_STEPS), `p${index}s`),
    })),
  });
  const { pinned } = await prepareDefinition(task, { serves: () => true });
  const pinnedDigest = digestOf(pinned);
  const source = { execution: 'long', pinned, pinnedDigest, input: {} };
  const records: LogRecord[] = [];
  let at = Date.UTC(2026, 0, 1);
  const record = (type: string, from: Source, data: Json): LogRecord => {
    const made = {
      id: `r${records.length}`,
      execution: 'long',
      source: from,
      type,
      data,
      position: records.length + 1,
      at,
    };
    records.push(made);
    return made;
  };
  const started = record('execution.started', 'control', {
    foldVersion: FOLD_VERSION,
    pinned: pinnedDigest,
    task: { name: 'long', version: '1.0.0' },
    inputDigest: digestOf({}),
    input: {},
  });
  const fold = Fold.begin(started, indexPinned(pinned, pinnedDigest), {}, taskRules);
  const apply = (type: string, from: Source, data: Json): number => {
    at += 20;
    const made = record(type, from, data);
    fold.apply(made);
    return made.position;
  };
  const tokenDigest = createHash('sha256').update('token').digest('hex');
  const work: Effect[] = [...fold.drain()];
  while (!fold.hasEnded) {
    const effect = work.shift();
    if (effect === undefined) throw new Error('the log stands still');
    if (effect.kind === 'offer') {
      const { step, attempt, role } = effect;
      const claim = {
        step,
        attempt,
        role,
        claimId: `${step}/${attempt}`,
        host: `host-${attempt}`,
        tokenDigest,
      };
      const fence = apply('step.claimed', 'engine', { ...claim, leaseMs: 30_000 });
      const report = { step, attempt, fence, token: 'token', usage: { tokens: 100, usd: 0.001 } };
      if (attempt === 1)
        apply('step.failed', `agent.${role}`, { ...report, error: { class: 'crash', message: 'it broke' } });
      else
        apply('step.succeeded', `agent.${role}`, { ...report, output: { ok: true, text: 'x'.repeat(160) } });
    } else if (effect.kind === 'timer') {
      at = Math.max(at, effect.dueAt);
      apply('timer.fired', 'engine', { timerId: effect.id });
    }
    work.push(...fold.drain().filter(({ kind }) => kind === 'offer' || kind === 'timer'));
  }
  return { source, records };
}
