import { forkImpossible } from '../../errors.ts';
import { readStory, type Story } from '../../history/story.ts';
import type { DurationHistory } from '../../simulation/campaign/durations.ts';
import { pastDurations } from '../../simulation/campaign/past-durations.ts';
import { readPast } from '../../simulation/past.ts';
import type { ServerAccess } from '../access.ts';
import type { SimulationJob } from './job.ts';
import type { SimulationAbout } from './simulations.ts';

export interface SimulationRequest {
  /** A task and its input… */
  readonly task?: string | undefined;
  readonly input: { readonly [field: string]: unknown };
  /** … or a live execution, up to this position. */
  readonly fork?: { readonly execution: string; readonly position?: number | undefined } | undefined;
  readonly runs: number;
  readonly seed: number;
  readonly hosts: number;
  readonly faults: SimulationJob['faults'];
  readonly agents: string;
  readonly without: readonly string[];
  /** Whether past executions of the task say how long its steps take. */
  readonly usesHistory: boolean;
}

/** So many of the newest executions of a task say how long its steps take. */
const MOST_EXECUTIONS = 100;

/** Reads what a simulation begins with: the log of what is forked, and how long steps took before. */
export async function makeJob(
  access: ServerAccess,
  request: SimulationRequest,
): Promise<{ readonly job: SimulationJob; readonly about: SimulationAbout }> {
  const { runs, seed, hosts, faults, agents, without } = request;
  const common = { runs, seed, hosts, faults, without };
  const { of, fork, task } = await subjectOf(access, request);
  const { history, executions } = request.usesHistory ? await durationsOf(access, task) : NO_HISTORY;
  return {
    job: { ...common, of, history, place: access.simulationPlace, agents },
    about: {
      ...common,
      kind: of.kind,
      task,
      input: of.kind === 'task' ? of.input : null,
      fork,
      agents,
      history: executions,
    },
  };
}

const NO_HISTORY = { history: undefined, executions: 0 };

async function subjectOf(
  access: ServerAccess,
  { task = '', input, fork, faults }: SimulationRequest,
): Promise<{ of: SimulationJob['of']; fork: SimulationAbout['fork']; task: string }> {
  if (fork === undefined) {
    const { name } = await access.task(task);
    return { of: { kind: 'task', task: await access.taskFile(task), input }, fork: null, task: name };
  }
  const { execution, position } = fork;
  if (faults !== 'none')
    throw forkImpossible(execution, 'no faults can be made there', 'Leave the faults out.');
  const { sources } = access.of(execution);
  const past = await readPast(execution, sources, { position, now: access.clock.now() });
  const { at, startedAt, position: last, pinned } = past;
  return {
    of: { kind: 'fork', past },
    fork: { execution, position: last, at, elapsedMs: at - startedAt },
    task: pinned.definition.name,
  };
}

async function durationsOf(
  access: ServerAccess,
  task: string,
): Promise<{ readonly history: DurationHistory | undefined; readonly executions: number }> {
  const entries = await access.history.list({ task, limit: MOST_EXECUTIONS });
  const stories: Story[] = [];
  for (const { id } of entries) {
    // One that cannot be read tells nothing, and is no reason not to simulate.
    const story = await readStory(id, access.of(id).sources).catch(() => undefined);
    if (story !== undefined) stories.push(story);
  }
  const history = stories.length === 0 ? undefined : pastDurations(stories);
  return { history, executions: stories.length };
}
