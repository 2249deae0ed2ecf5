import type { Fold } from '../../../src/engine/fold.ts';
import { pendingApprovalsOf } from '../../../src/engine/pending-approvals.ts';
import { missingPeople } from '../../../src/history/waits-for.ts';
import type { Json } from '../../../src/json.ts';
import type { Finding } from '../../../src/simulation/checker/finding.ts';
import { Cluster, type ClusterOptions } from '../../../src/simulation/cluster/cluster.ts';
import type { FaultScript } from '../../../src/simulation/cluster/faults.ts';
import type { Trace } from '../../../src/simulation/cluster/trace.ts';
import { pinnedOf } from '../../engine/open-world.ts';
import { voteWorkloadOf } from './vote-workload.ts';
import { type Act, type Workload, workloadOf } from './workload.ts';

export interface TrialOptions
  extends Pick<ClusterOptions, 'faults' | 'onOccasion' | 'orchestrators' | 'hosts'> {
  readonly seed: number;
  /** Default: the seed's. */
  readonly workload?: Workload | undefined;
  /** The seed's votes in place of its work. */
  readonly votes?: boolean | undefined;
  /** When everything has ended, before it is gone. */
  readonly onEnd?: ((cluster: Cluster) => Promise<void>) | undefined;
}

export interface Trial {
  readonly seed: number;
  readonly findings: readonly (
    | Finding
    | { readonly invariant: 'proof'; readonly execution: string; readonly what: string }
  )[];
  /** The faults that struck. */
  readonly script: FaultScript;
  readonly trace: Trace;
  readonly records: number;
  readonly accepted: number;
  /** Outcomes of attempts that were accepted. */
  readonly attempts: number;
  /** How each execution stands in the end, and what came out of it. */
  readonly outcomes: { readonly [execution: string]: { readonly status: string; readonly outputs: Json } };
}

/** A person looks after what waits for one so often at the most. */
const ROUNDS = 40;

/** One seed from its beginning to where every execution has ended: work under faults, faults over, a person who does what is waited for. */
export async function runTrial({
  seed,
  votes = false,
  workload = votes ? voteWorkloadOf(seed) : workloadOf(seed),
  onEnd,
  ...options
}: TrialOptions): Promise<Trial> {
  await using cluster = new Cluster({ seed, ...options, agents: workload.agents });
  await begin(cluster, workload);
  await cluster.rest();
  const retried = new Set<string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    if (cluster.hasFindings || !(await attend(cluster, workload, retried))) break;
    await cluster.rest();
  }
  const findings: Trial['findings'][number][] = [...cluster.finish()];
  const outcomes: Record<string, { status: string; outputs: Json }> = {};
  for (const { execution } of workload.executions) {
    const fold = await cluster.fold(execution);
    outcomes[execution] = { status: fold?.status ?? 'gone', outputs: fold?.world.ledger.outputs ?? {} };
    if (fold?.hasEnded !== true && findings.length === 0)
      findings.push({ invariant: 'proof', execution, what: `it is ${fold?.status ?? 'gone'} in the end` });
  }
  await onEnd?.(cluster);
  const { script, trace, recordCount: records, acceptedCount: accepted, outcomeCount: attempts } = cluster;
  return { seed, findings, script, trace, records, accepted, attempts, outcomes };
}

async function begin(cluster: Cluster, { executions, input, acts }: Workload): Promise<void> {
  const beganAt = cluster.now();
  const starts: Act[] = executions.map(({ execution }, index) => ({
    at: 400 * index,
    execution,
    type: 'start',
    data: null,
  }));
  for (const { at, execution, type, data } of [...starts, ...acts].sort((one, other) => one.at - other.at)) {
    while (cluster.now() < beganAt + at) if (!(await cluster.step(beganAt + at))) break;
    const definition = executions.find((other) => other.execution === execution)?.definition;
    if (type === 'drift') {
      const { path, text } = data as { readonly path: string; readonly text: string };
      cluster.files.set(path, text);
    } else if (type !== 'start') await cluster.control(execution, type, data);
    else if (definition !== undefined)
      await cluster.start({ execution, pinned: pinnedOf(definition), input });
  }
}

/**
 * Does what executions wait for, and tries once again some of those that failed; false when there was nothing to do. One that a power
 * failure took away is started again, as its client would.
 */
export async function attend(
  cluster: Cluster,
  { executions, input }: Workload,
  retried: Set<string> = new Set(),
): Promise<boolean> {
  let isNeeded = false;
  for (const { execution, definition, isRetried } of executions) {
    const fold = await cluster.fold(execution);
    if (fold === undefined) await cluster.start({ execution, pinned: pinnedOf(definition), input });
    else if (fold.status === 'paused') await cluster.control(execution, 'resume.requested');
    else if (fold.status === 'running' && [...fold.world.steps.values()].some(({ src }) => src === 'wait'))
      await cluster.control(execution, 'signal.sent', { name: 'go', payload: 'late' });
    else if (fold.status === 'running' && pendingApprovalsOf(fold).length > 0) {
      const [asked] = pendingApprovalsOf(fold);
      await cluster.control(execution, 'approval.granted', { step: asked?.step ?? '', by: 'alice' });
    } else if (fold.status === 'running' && waitsForPeople(fold)) {
      for (const step of ['one', 'two'])
        await cluster.control(execution, 'ballot.cast', {
          step,
          by: 'alice',
          vote: { choice: 'no', answer: { ok: true } },
        });
    } else if (isRetried && fold.status === 'failed' && !retried.has(execution)) {
      // What is half undone is undone to its end, however often that takes.
      if (fold.context.rollback === undefined) retried.add(execution);
      const verb = fold.context.rollback === undefined ? 'retry' : 'rollback';
      await cluster.control(execution, `${verb}.requested`);
    } else continue;
    isNeeded = true;
  }
  return isNeeded;
}

function waitsForPeople(fold: Fold): boolean {
  return [...fold.world.steps.values()].some((actor) => missingPeople(fold, actor).length > 0);
}
