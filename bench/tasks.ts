import { defineAgent } from '../src/agent/index.ts';
import { defineTask } from '../src/index.ts';

/** The workloads as real task definitions; a step is a trivial function that returns about 200 bytes of JSON. */

export const agentSteps = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, index) => ({ agent: 'worker', id: `${prefix}${index}`, text: 'work' }));

/** Fan-out and fan-in: one step, eight side by side, one that folds the eight outputs. */
export const fanOut = defineTask({
  name: 'fan-out',
  version: '1.0.0',
  phases: [
    { name: 'plan', steps: [{ agent: 'worker', id: 'plan', text: 'plan' }] },
    { name: 'work', dependsOn: ['plan'], steps: agentSteps(8, 'work') },
    { name: 'fold', dependsOn: ['work'], steps: [{ agent: 'folder', id: 'fold', text: 'fold' }] },
  ],
});

/** 100 steps, one after another. */
export const sequence = defineTask({
  name: 'sequence',
  version: '1.0.0',
  phases: [{ name: 'all', parallel: false, steps: agentSteps(100, 's') }],
});

/** Waits for a signal. */
export const parked = defineTask({
  name: 'parked',
  version: '1.0.0',
  phases: [{ name: 'wait', steps: [{ wait: 'go', id: 'go' }] }],
});

/** 100 phases of 100 steps, at most 64 at once. */
export const large = defineTask({
  name: 'large',
  version: '1.0.0',
  concurrency: { steps: 64 },
  phases: Array.from({ length: 100 }, (_, index) => ({
    name: `p${index}`,
    dependsOn: index === 0 ? [] : [`p${index - 1}`],
    steps: agentSteps(100, `p${index}s`),
  })),
});

const payload = (phase: string, index: number) => ({ phase, i: index, ok: true, data: 'x'.repeat(160) });

interface Work {
  readonly stepMs?: number;
  /** Called when a step's body begins (`S`) and ends (`E`). */
  readonly mark?: (kind: 'S' | 'E', execution: string, step: string) => void;
}

/** The agents of all workloads. */
export function workers({ stepMs = 0, mark }: Work = {}) {
  const around = async (execution: string, step: string, body: () => unknown): Promise<unknown> => {
    mark?.('S', execution, step);
    if (stepMs > 0) await new Promise((resolve) => setTimeout(resolve, stepMs));
    const output = body();
    mark?.('E', execution, step);
    return output;
  };
  const isPlain = stepMs === 0 && mark === undefined;
  const worker = defineAgent({
    name: 'worker',
    concurrency: 4096,
    run: ({ execution, step, phase, attempt }) =>
      isPlain ? payload(phase, attempt) : around(execution, step, () => payload(phase, attempt)),
  });
  const folder = defineAgent({
    name: 'folder',
    concurrency: 4096,
    run: ({ execution, step, outputs }) => {
      const all = (outputs.work as { worker?: readonly { i: number }[] }).worker ?? [];
      const body = () => ({
        n: all.length,
        sum: all.reduce((sum, { i }) => sum + i, 0),
        data: 'y'.repeat(150),
      });
      return isPlain ? body() : around(execution, step, body);
    },
  });
  return [worker, folder];
}
