import { AgentCatalogue } from '../agent/catalogue.ts';
import { reportOf } from '../engine/report.ts';
import { executionIdInvalid, executionUnknown, inputInvalid, simulationOptionInvalid } from '../errors.ts';
import { parseIsoTime } from '../iso-time.ts';
import type { Json } from '../json.ts';
import { ExecutionContext } from '../library/execution-context.ts';
import {
  type PreparedTask,
  type PrepareOptions,
  prepareDefinition,
  prepareTask,
} from '../library/prepare-task.ts';
import { SHIPPED_AGENTS } from '../library/shipped.ts';
import { StepStrategies, type StepStrategyHandler } from '../library/step-strategies.ts';
import type { AgentRequest } from '../ports/agent-request.ts';
import type { AggregateFunction } from '../task/aggregate.ts';
import type { TaskSource } from '../task/define.ts';
import { ID_PATTERN, type TaskDefinition } from '../task/definition.ts';
import { checkInput } from '../task/requirements.ts';
import type { AgentScript } from './agents/script.ts';
import { CalmStage } from './calm-stage.ts';
import type { ScriptedPeople } from './scripted-people.ts';
import type { ScriptedSignal } from './scripted-signal.ts';
import { Simulation } from './simulation.ts';

export interface SimulateOptions extends Pick<PrepareOptions, 'taskDirs' | 'agentDirs' | 'cwd'> {
  /** Checked against the task's requirements. Default none. */
  readonly input?: { readonly [field: string]: Json } | undefined;
  /** Who performs which role; a role without a script behaves as `defaultScript` says. */
  readonly agents?: ReadonlyMap<string, AgentScript> | { readonly [role: string]: AgentScript } | undefined;
  /** Who sends which signal, and when. */
  readonly signals?: readonly ScriptedSignal[] | undefined;
  /** What people say where a step asks them. A step that is not here waits for `approve` or `reject`. */
  readonly people?: ScriptedPeople | undefined;
  /** Who is in the groups that approvals name. */
  readonly groups?: { readonly [group: string]: readonly string[] } | undefined;
  /** Path -> text of the files that people approve. One that is not here is there, with a text of its own. */
  readonly files?: { readonly [path: string]: string } | undefined;
  /** The same seed gives the same run. Default 1. */
  readonly seed?: number | undefined;
  /** When it begins: ms since 1970, or ISO 8601. Default 2020-01-01. */
  readonly startAt?: number | string | undefined;
  /** The execution's id. Default `simulation`. */
  readonly id?: string | undefined;
  /** Step kinds, as for `registerStepStrategy`. */
  readonly strategies?: { readonly [kind: string]: StepStrategyHandler } | undefined;
  /** Aggregates, as for `registerAggregate`. */
  readonly aggregates?: { readonly [name: string]: AggregateFunction } | undefined;
}

/**
 * Starts a task in virtual time with agents of a script, and lets everything happen that needs no time to pass. The engine, the
 * machines and the agent host are the real ones.
 *
 * @param task its name, the path of its file, or the task itself
 * @throws TroupeError for a task that is unknown or not valid, agent files that are not, and an input that does not fit
 */
export async function simulate(
  task: string | TaskSource | TaskDefinition,
  options: SimulateOptions = {},
): Promise<Simulation> {
  const {
    input: given = {},
    agents = {},
    signals = [],
    people = {},
    seed,
    startAt,
    id = 'simulation',
    aggregates = {},
  } = options;
  if (!ID_PATTERN.test(id)) throw executionIdInvalid(id);
  const { definition, pinned } = await prepare(
    task,
    options,
    agents instanceof Map ? agents : new Map(Object.entries(agents)),
  );
  const { input, problems } = checkInput(definition, given);
  if (problems.length > 0) throw inputInvalid(definition.name, problems);
  const requests: AgentRequest[] = [];
  const files = new Map(Object.entries(options.files ?? {}));
  let opened: CalmStage | undefined;
  const stage = await CalmStage.open({
    agents,
    seed,
    startAt: instantOf(startAt),
    strategies: strategiesOf(options, () => opened),
    aggregates: new Map(Object.entries(aggregates)),
    files,
    onRequest: (request) => requests.push(request),
  });
  opened = stage;
  const simulation = new Simulation(stage, { id, definition, requests, signals, people, files });
  await stage.start({ execution: id, pinned, input });
  await simulation.begin();
  return simulation;
}

function instantOf(startAt: number | string | undefined): number | undefined {
  const at = typeof startAt === 'string' ? parseIsoTime(startAt) : startAt;
  if (at !== undefined && !Number.isSafeInteger(at))
    throw simulationOptionInvalid(
      'startAt',
      `is no time: ${startAt}`,
      'Write ms since 1970, or 2026-03-01T12:00:00Z.',
    );
  return at;
}

async function prepare(
  task: string | TaskSource | TaskDefinition,
  { taskDirs, agentDirs, cwd, strategies = {}, aggregates = {}, groups }: SimulateOptions,
  agents: ReadonlyMap<string, AgentScript>,
): Promise<PreparedTask> {
  shipped ??= new AgentCatalogue([SHIPPED_AGENTS]).names();
  const shippedNames = new Set(await shipped);
  const options: PrepareOptions = {
    taskDirs,
    agentDirs,
    cwd,
    groups,
    kinds: Object.keys(strategies),
    aggregates: Object.keys(aggregates),
    // What an agent's file says of its output still counts; who has no file needs none.
    serves: (role) => !shippedNames.has(role),
    served: [...agents.keys()].filter((role) => !shippedNames.has(role)),
  };
  return typeof task === 'string' ? prepareTask(task, options) : prepareDefinition(task, options);
}

/** Names of the agents that ship. */
let shipped: Promise<readonly string[]> | undefined;

function strategiesOf({ strategies = {} }: SimulateOptions, stage: () => CalmStage | undefined) {
  const known = new StepStrategies(({ execution }) => {
    const fold = stage()?.present(execution);
    if (fold === undefined) throw executionUnknown(execution);
    return { fold, context: new ExecutionContext({ report: () => reportOf(fold) }) };
  });
  for (const [kind, handler] of Object.entries(strategies)) known.register(kind, handler);
  return known.byKind;
}
